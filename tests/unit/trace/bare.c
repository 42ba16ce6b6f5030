/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A program without any libc. It fills every register that a system call preserves with a known value, and the red zone
 * too; below the red zone of its stack nothing is mapped. After an mmap that was stopped and followed by injected
 * calls, everything must be unchanged. The exit status is the number of the first difference.
 */

#include <stdint.h>

/* Registers before and after the call: rbx rbp r8-r10 r12-r15 rdi rsi rdx, xmm0 xmm15, flags; and the red zone. */
struct state {
	uint64_t gpr[12];
	uint64_t xmm[4];
	uint64_t flags, rax, rcx, r11, after;
	uint64_t red[16];
};

static struct state filled, found;
static uint64_t page[1024] __attribute__((aligned(4096)));
uint64_t *tiny_stack;
struct state *bare_filled = &filled, *bare_found = &found;

void bare_call(void);
void bare_main(void);

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	long result;

	__asm__ volatile("mov %5, %%r10; mov %6, %%r8; mov %7, %%r9; syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(d), "r"(e), "r"(f)
			 : "rcx", "r8", "r9", "r10", "r11", "memory");
	return result;
}

/* gpr: rbx rbp r8 r9 r10 r12 r13 r14 r15 rdi rsi rdx at 0..88; xmm0 at 96, xmm15 at 112; flags at 128, rax 136, rcx 144,
 * r11 152, the address behind the call 160; the red zone 168..295. */
__asm__(".text\n"
	"bare_call:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, saved_rsp(%rip)\n"
	"	mov tiny_stack(%rip), %rsp\n"
	"	mov bare_filled(%rip), %rax\n"
	"	movdqu 96(%rax), %xmm0; movdqu 112(%rax), %xmm15\n"
	"	mov $0, %ecx\n"
	"1:	mov 168(%rax,%rcx,8), %rdx; mov %rdx, -128(%rsp,%rcx,8)\n"
	"	inc %ecx; cmp $16, %ecx; jne 1b\n"
	"	mov 0(%rax), %rbx; mov 8(%rax), %rbp; mov 16(%rax), %r8; mov 24(%rax), %r9; mov 32(%rax), %r10\n"
	"	mov 40(%rax), %r12; mov 48(%rax), %r13; mov 56(%rax), %r14; mov 64(%rax), %r15\n"
	"	mov 72(%rax), %rdi; mov 80(%rax), %rsi; mov 88(%rax), %rdx\n"
	"	mov $9, %eax\n"
	"	stc\n"
	"	syscall\n"
	"2:	mov %rax, spare(%rip)\n"
	"	mov bare_found(%rip), %rax\n"
	"	mov %rbx, 0(%rax); mov %rbp, 8(%rax); mov %r8, 16(%rax); mov %r9, 24(%rax); mov %r10, 32(%rax)\n"
	"	mov %r12, 40(%rax); mov %r13, 48(%rax); mov %r14, 56(%rax); mov %r15, 64(%rax)\n"
	"	mov %rdi, 72(%rax); mov %rsi, 80(%rax); mov %rdx, 88(%rax)\n"
	"	movdqu %xmm0, 96(%rax); movdqu %xmm15, 112(%rax)\n"
	"	mov %rcx, 144(%rax); mov %r11, 152(%rax)\n"
	"	lea 2b(%rip), %rdx; mov %rdx, 160(%rax)\n"
	"	mov spare(%rip), %rdx; mov %rdx, 136(%rax)\n"
	"	mov $0, %ecx\n"
	"3:	mov -128(%rsp,%rcx,8), %rdx; mov %rdx, 168(%rax,%rcx,8)\n"
	"	inc %ecx; cmp $16, %ecx; jne 3b\n"
	"	cmp tiny_stack(%rip), %rsp; jne 4f\n"
	"	mov saved_rsp(%rip), %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
	"4:	mov $60, %eax; mov $99, %edi; syscall\n"
	".bss\n"
	".balign 8\n"
	"saved_rsp: .quad 0\n"
	"spare: .quad 0\n"
	".text\n");

static int check(void)
{
	const uint64_t *a = (const uint64_t *)&filled, *b = (const uint64_t *)&found;
	int mode = 0;

	for (int i = 0; i < 16; i++)
		if (a[i] != b[i])
			return 1 + i;
	for (int i = 0; i < 16; i++)
		if (filled.red[i] != found.red[i])
			return 20 + i;
	/*
	 * The syscall instruction itself changes rcx (the return address) and r11 (the flags, with the carry set
	 * before).
	 */
	if (found.rcx != found.after)
		return 40;
	if (!(found.r11 & 1))
		return 41;
	if (found.rax > -4096UL)
		return 42;
	if (call(239, (long)&mode, 0, 0, (long)found.rax, 2, 0) != 0 || mode != 0x8003)
		return 43;
	return 0;
}

void bare_main(void)
{
	const uint64_t args[] = { 0, 4 << 20, 3, 0x22, (uint64_t)-1, 0 };
	static const int places[] = { 9, 10, 11, 4, 2, 3 };
	int r = 0;

	for (int i = 0; i < 37; i++)
		((uint64_t *)&filled)[i] = 0x0123456789abcdefUL * (uint64_t)(i + 3);
	for (int i = 0; i < 6; i++)
		filled.gpr[places[i]] = args[i];
	/* The page below is unmapped: there is nothing to write to under the red zone. */
	call(11, (long)page, 4096, 0, 0, 0, 0);
	tiny_stack = page + 512 + 16;
	for (int i = 0; i < 50 && r == 0; i++) {
		bare_call();
		r = check();
	}
	call(231, r, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	and $-16, %rsp\n"
	"	call bare_main\n");
