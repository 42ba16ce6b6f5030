# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # rules are the test's
#
# Helpers for programs that stop themselves to be examined: programs.bats, workloads.bats.

setup_file()
{
	untraced
	start_with_node 384
}

teardown_file()
{
	clean_up a b
}

is_stopped()
{
	says T awk '{ print $3 }' "/proc/$1/stat"
}

# Checks every process in the leaf of PID: all allowed pages are on device nodes, and no others. PID has at least PAGES
# of them; nothing on device nodes is text, stack or heap.
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

# same_and_placed NAME PAGES COMMAND...     COMMAND, under "${rules[@]}" and with system memory nearly full, stops
# itself (SIGSTOP) twice: it has at least PAGES on node 1 the first time, and twice as many the second. It prints the
# same as without the launcher.
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
