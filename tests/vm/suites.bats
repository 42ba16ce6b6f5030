#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-again: init=plain kernels=6.12 nodes=1 ram=2048 timeout=900
# Other projects' test suites that Debian packages (make deps DEPS=suites): what passes without cdm-launch passes
# in each of its modes, except for what suites.known lists.

# shellcheck disable=SC2016,SC2317 # the inner shell's own $; called by bats

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	start_with_node 256
}

teardown_file()
{
	clean_up a
}

log=$WORK/suite.log

# status_in MODE COMMAND...     prints its exit status (124: it did not end in time); its output is in $log
status_in()
{
	local launch=() status=0

	case $1 in
	default) launch=(cdm-launch) ;;
	small) launch=(cdm-launch --allow 'malloc,min=1' --allow 'anon,min=1') ;;
	trace) launch=(cdm-launch --mode trace --allow 'anon,min=4K' --allow heap) ;;
	esac
	shift
	timeout -k 5 90 "${launch[@]}" "$@" >"$log" 2>&1 3>&- || status=$?
	echo "$status"
}

is_known()
{
	grep -qE "^$1 +$2 +$3 " "$BATS_TEST_DIRNAME/suites.known"
}

# same SUITE TEST COMMAND...     tries all modes before it fails, so that one run shows all of them.
same()
{
	local suite=$1 name=$2 mode status bad=0

	shift 2
	says 0 status_in plain "$@" || { tail -n 20 "$log"; return 1; }
	for mode in default small trace; do
		status=$(status_in "$mode" "$@")
		if is_known "$suite" "$name" "$mode"; then
			((status != 0)) || { echo "$suite $name: passes in mode $mode, but suites.known lists it"; bad=1; }
		else
			((status == 0)) || { echo "$suite $name: status $status in mode $mode"; tail -n 20 "$log"; bad=1; }
		fi
	done
	return "$bad"
}

stress()
{
	local bad=0 name

	for name; do
		same stress-ng "$name" stress-ng --verify --timeout 20 --"$name" 1 --"$name-ops" 3 --malloc-bytes 4M --mremap-bytes 1M \
			--vm-bytes 2M --shm-bytes 1M --shm-objs 4 --shm-sysv-segs 2 --memfd-bytes 2M --memfd-fds 8 --bigheap-growth 64K || bad=1
	done
	return "$bad"
}

# Without madvise, which fails in this guest without cdm-launch, too.
@test "stress-ng's tests of allocators and mappings pass in each mode" {
	stress malloc mremap brk bigheap remap mprotect mlock mincore vm
}

@test "stress-ng's tests of shared memory pass in each mode" {
	stress shm shm-sysv memfd
}

@test "stress-ng's tests of processes and threads pass in each mode" {
	stress stack fork vfork clone pthread sigsegv vm-segv
}

# Not test_concurrent_futures, which takes longer than a guest has. Outside of one, side by side on a busy machine, 116
# of its cases took 394 s without the library and 393 s with it and the default rules, 8 s of user time each: it is no
# slower.
@test "Python's own tests pass in each mode" {
	local bad=0 name

	for name in test_context test_fork1 test_gc; do
		same python "$name" /usr/bin/python3 -m test "$name" || bad=1
	done
	return "$bad"
}

# PHP's own tests are in no package. PHP loads extensions with RTLD_DEEPBIND, and its compiler has its own mappings.
@test "PHP with its extensions and its compiler prints the same in each mode" {
	local program=(php -d opcache.enable_cli=1 -d opcache.jit_buffer_size=16M -d opcache.jit=tracing "$BATS_TEST_DIRNAME/suites.php")

	"${program[@]}" >"$WORK/php.plain"
	[ -s "$WORK/php.plain" ]
	same php all bash -c 'cmp "$0" <("$@")' "$WORK/php.plain" "${program[@]}"
}
