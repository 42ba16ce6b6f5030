#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1536 timeout=200
# The cgroup code on bare cgroup v2, run through cgctl; the results are read from the kernel.

bats_require_minimum_version 1.5.0
load guest
load cdm

cgctl=$PROGS/cgctl

teardown()
{
	local dir

	for pid in ${spawned:-}; do
		kill "$pid" || :
		retry 30 process_is_gone "$pid"
	done
	while read -r dir; do
		retry 10 rmdir "$dir"
	done < <(find "$CGROUP" -depth -mindepth 1 -type d ! -name 'init*')
}

populated()
{
	grep -qx 'populated 1' "$CGROUP/$1/cgroup.events"
}

has_cpuset_below()
{
	grep -qw cpuset "$CGROUP/$1/cgroup.subtree_control"
}

@test "make turns the controller on from the root down, and may be repeated" {
	$cgctl make lab/sub
	has_cpuset_below ""
	has_cpuset_below lab
	run ! has_cpuset_below lab/sub
	says "" mems lab/sub
	$cgctl make lab/sub lab
}

@test "list shows every cgroup as its files describe it" {
	$cgctl make lab/sub
	echo 0-1 >"$CGROUP/lab/cpuset.mems"
	mkdir "$CGROUP/lab/sub/off"
	run -0 --separate-stderr $cgctl list
	[ "${lines[0]}" = "world v2 mount sys/fs/cgroup" ]
	[ "${lines[1]}" = "/ mems= effective=0 cpuset below" ]
	grep -x '/init.test mems= effective=0 cpuset populated' <<<"$output"
	grep -x '/lab mems=0-1 effective=0 cpuset below' <<<"$output"
	grep -x '/lab/sub mems= effective=0 cpuset' <<<"$output"
	grep -x '/lab/sub/off mems= effective=0' <<<"$output"
}

@test "set accepts present and absent nodes; an empty list clears or, if the kernel refuses that, names all nodes" {
	$cgctl make lab
	$cgctl set lab 0
	says 0 mems lab
	$cgctl set lab 0,2
	says 0,2 mems lab
	says 0 effective lab
	$cgctl set lab ""
	says "" mems lab

	spawn_in lab sleep infinity
	retry 30 populated lab
	$cgctl set lab 0
	$cgctl set lab ""
	says 0-2 mems lab
}

@test "set: the error for a refused list names the cgroup, the list and the reason" {
	$cgctl make lab
	$cgctl set lab 0
	run -22 $cgctl set lab 0,5
	[[ $output == "cgctl: cgroup /lab: writing cpuset.mems=0,5: Invalid argument; "*possible* ]]
	run -2 $cgctl set none 0
	run -22 $cgctl set ../lab 0
	mkdir "$CGROUP/lab/off"
	run -95 $cgctl set lab/off 0
	[[ $output == *"/lab/off"*"cgroup.subtree_control"* ]]
	says 0 mems lab
}

@test "set: a listed node that arrives later widens the group without another write" {
	echo online_movable >/sys/devices/system/memory/auto_online_blocks
	$cgctl make lab
	$cgctl set lab 0-1
	says 0 effective lab
	host add 1 128 mem
	retry 60 says 0-1 effective lab
	host del mem
	retry 60 says 0 effective lab
}

@test "enable and disable turn the controller on and off, and explain a refusal" {
	mkdir "$CGROUP/lab" "$CGROUP/lab/sub"
	$cgctl enable ""
	$cgctl enable lab
	has_cpuset_below lab
	run -16 $cgctl disable ""
	[[ $output == *"Device or resource busy; a cgroup below still has"* ]]
	$cgctl disable lab
	run ! has_cpuset_below lab
	$cgctl disable ""
	run -95 $cgctl enable lab
	[[ $output == *"the cgroup above it does not have the controller on"* ]]
}

@test "enter makes a leaf with exactly the requested list, and prints nothing" {
	$cgctl make lab
	$cgctl set lab 0-2
	# shellcheck disable=SC2016
	run -0 --separate-stderr env CGROUP_LOGLEVEL=DEBUG $cgctl enter lab 0-1 \
		sh -c 'echo $$ $CGROUP; cat /proc/self/cgroup "/sys/fs/cgroup/$CGROUP/cpuset.mems"'
	pid=${lines[0]%% *}
	[ "${lines[0]}" = "$pid lab/cdm-launch-$pid" ]
	[ "${lines[1]}" = "0::/lab/cdm-launch-$pid" ]
	[ "${lines[2]}" = 0-1 ]
	[ "${#lines[@]}" -eq 3 ]
	[ -z "$stderr" ]
}

@test "enter from inside a leaf makes another leaf" {
	$cgctl make lab
	run -0 $cgctl enter lab 0-1 $cgctl enter lab 0 cat /proc/self/cgroup
	[[ $output =~ ^0::/lab/cdm-launch-[0-9]+-1$ ]]
}

@test "enter refuses a group that itself contains processes, and leaves it as it was" {
	$cgctl make lab
	spawn_in lab sleep infinity
	retry 30 populated lab
	run -16 $cgctl enter lab 0 true
	[[ $output == "cgctl: cgroup /lab: entering it: it has processes of its own"* ]]
	run ! has_cpuset_below lab
	[ -z "$(find "$CGROUP/lab" -mindepth 1 -type d)" ]
}

@test "enter: if the kernel refuses the list, no leaf is left and the caller stays where it was" {
	$cgctl make lab
	before=$(cat /proc/self/cgroup)
	run -22 $cgctl enter lab 0,7 true
	[[ $output == "cgctl: cgroup /lab/cdm-launch-"*": writing cpuset.mems=0,7: Invalid argument"* ]]
	[ -z "$(find "$CGROUP/lab" -mindepth 1 -type d)" ]
	says "$before" cat /proc/self/cgroup
	run -2 $cgctl enter none 0 true
	run -22 $cgctl enter lab "" true
}

@test "move: another process gets a leaf named after its pid; a process that has ended gets none" {
	$cgctl make lab other
	spawn_in other sleep infinity
	run -0 $cgctl move lab 0-1 "$spawned"
	[ "$output" = "lab/cdm-launch-$spawned" ]
	says "0::/lab/cdm-launch-$spawned" cat "/proc/$spawned/cgroup"
	says 0-1 mems "lab/cdm-launch-$spawned"
	$cgctl prune lab
	[ -d "$CGROUP/lab/cdm-launch-$spawned" ]
	run -3 $cgctl move lab 0-1 4000000
	[[ $output == "cgctl: process 4000000: "* ]]
	says "$CGROUP/lab/cdm-launch-$spawned" find "$CGROUP/lab" -mindepth 1 -type d
}

@test "prune removes the leaves of programs that have ended, and nothing else" {
	$cgctl make lab
	$cgctl enter lab 0 true
	$cgctl enter lab 0 $cgctl enter lab 0 true
	$cgctl enter lab 0 sleep infinity 3>&- &
	running=$!
	retry 30 populated "lab/cdm-launch-$running"
	# shellcheck disable=SC2016
	child=$($cgctl enter lab 0 sh -c 'sleep infinity 3>&- >/dev/null 2>&1 & echo $! $CGROUP')
	spawned="$running ${child%% *}"
	# A leaf that is being made, whose launcher ($$) is alive; and names that cdm-launch does not use.
	mkdir "$CGROUP/lab/cdm-launch-$$" "$CGROUP"/lab/{cdm-launch-,cdm-launch-x,cdm-launch-99999999x,cdm-launch-99999999-,other}
	mkdir "$CGROUP"/lab/cdm-launch-99999999{,-7}

	$cgctl prune lab
	printf '%s\n' "${child#* }" lab/{"cdm-launch-$running","cdm-launch-$$",cdm-launch-,cdm-launch-x,cdm-launch-99999999x} \
		lab/{cdm-launch-99999999-,other} | sort >/run/vmtest/expected
	(cd "$CGROUP" && find lab -mindepth 1 -type d) | sort | diff /run/vmtest/expected -
	process_is_gone "$running" && false
	$cgctl prune none
}

@test "remove removes an empty group; it refuses one with a process or a child, and the process stays there" {
	$cgctl make lab/sub
	run -16 $cgctl remove lab
	[[ $output == *"there are processes or cgroups in it" ]]
	spawn_in lab/sub sleep infinity
	retry 30 populated lab/sub
	run -16 $cgctl remove lab/sub
	says 0::/lab/sub cat "/proc/$spawned/cgroup"
	kill "$spawned"
	retry 30 process_is_gone "$spawned"
	retry 30 $cgctl remove lab/sub
	$cgctl remove lab
	[ ! -e "$CGROUP/lab" ]
	run -2 $cgctl remove lab
}

@test "an unprivileged caller is refused with the reason; in a cgroup delegated to it everything works" {
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

	$cgctl make lab
	for command in "set lab 0" "make other" "enter lab 0 true" "remove lab" "enable lab"; do
		# shellcheck disable=SC2086
		run -13 as_nobody $cgctl $command
		[[ $output == "cgctl: cgroup /"*": Permission denied; it takes root, or a cgroup that was delegated to you" ]]
		[ "${#lines[@]}" -eq 1 ]
	done

	$cgctl make lab/mine/run
	chown -R 65534 "$CGROUP/lab/mine"
	in_cgroup lab/mine/run setpriv --reuid=65534 --regid=65534 --clear-groups $cgctl enter lab/mine 0 \
		sh -ec "grep '^0::/lab/mine/cdm-launch-' /proc/self/cgroup; $cgctl make lab/mine/own; $cgctl set lab/mine/own 0-1"
	says 0-1 mems lab/mine/own
	as_nobody $cgctl prune lab/mine
	as_nobody $cgctl remove lab/mine/own
	says "$CGROUP/lab/mine/run" find "$CGROUP/lab/mine" -mindepth 1 -type d
}
