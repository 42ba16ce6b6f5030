! SPDX-License-Identifier: GPL-2.0-or-later
!
! solver: threads of OpenMP over arrays that are allocated, and over one that is a variable of a module. It stops itself
! (SIGSTOP) at its fullest, and once more after another round. What it prints is the same wherever its memory is.

module mesh
  implicit none
  integer, parameter :: n = 700
  integer(8) :: grid(n, n)
contains
  subroutine sweep(a, b, factor)
    integer(8), intent(in) :: a(n, n)
    integer(8), intent(out) :: b(n, n)
    integer(8), intent(in) :: factor
    integer :: i, j
    !$omp parallel do private(i)
    do j = 1, n
      do i = 1, n
        b(i, j) = modulo(a(i, j) * factor + i * 31_8 + j, 1000003_8)
      end do
    end do
  end subroutine
end module

program solver
  use mesh
  implicit none
  integer, parameter :: sigstop = 19
  integer(8), allocatable :: a(:, :), b(:, :)
  integer :: round, i

  do round = 1, 2
    if (.not. allocated(a)) then
      allocate(a(n, n))
      a = 1
      call sweep(a, grid, 7919_8)
    else
      allocate(b(n, n))
      call sweep(grid, b, 104729_8)
      call sweep(b, grid, 31_8)
    end if
    call kill(getpid(), sigstop)
  end do
  print '(3i20)', (sum(a(:, i)), sum(b(:, i)), sum(grid(:, i)), i = 1, n, 50)
end program
