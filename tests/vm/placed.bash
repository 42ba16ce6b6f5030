# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # rules are the test's
#
# Programs that stop themselves to be looked at: programs.bats, workloads.bats.

is_stopped()
{
	says T awk '{ print $3 }' "/proc/$1/stat"
}

# Every process in the leaf of PID: allowed pages are on device nodes, all of them, and no others. PID has PAGES of them at
# least; what is on device nodes is no text, no stack, and no heap.
all_placed()
{
	local pid leaf

	leaf=$(cut -d: -f3 "/proc/$1/cgroup")
	[[ $leaf == /cdm.slice/* ]]
	is_placed "$1" 1-2 "$2"
	for pid in $(<"$CGROUP$leaf/cgroup.procs"); do
		is_placed "$pid" 1-2 0
		run ! grep -E '(file=.*\.so|heap|stack).* N[12]=' "/proc/$pid/numa_maps"
	done
}

# same_and_placed NAME PAGES COMMAND...     COMMAND, under "${rules[@]}" and with system memory nearly full, stops itself
# (SIGSTOP) twice: it has PAGES at least on node 1 the first time, and twice as many the second. It prints the same as
# without the launcher.
same_and_placed()
{
	local name=$1 pages=$2 pid

	shift 2
	"$@" >"$WORK/$name.plain" 2>&1 3>&- &
	pid=$!
	for _ in 1 2; do
		retry 120 is_stopped "$pid"
		kill -CONT "$pid"
	done
	wait "$pid"
	[ -s "$WORK/$name.plain" ]
	fill_system
	cdm-launch "${rules[@]}" "$@" >"$WORK/$name.launched" 2>&1 3>&- &
	pid=$!
	retry 120 is_stopped "$pid"
	all_placed "$pid" "$pages"
	kill -CONT "$pid"
	retry 120 is_stopped "$pid"
	all_placed "$pid" $((2 * pages))
	kill -CONT "$pid"
	wait "$pid"
	cmp "$WORK/$name.plain" "$WORK/$name.launched"
}
