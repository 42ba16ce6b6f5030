#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1024 timeout=200
# The harness itself, on bare cgroup v2. It needs its own guest: it leaves memory that the kernel cannot release.

# shellcheck disable=SC2016,SC2154 # awk's and the inner bash's own $; spawned is from spawn_in
bats_require_minimum_version 1.5.0
load guest

node1=/sys/devices/system/node/node1

setup_file()
{
	untraced
	echo offline >/sys/devices/system/memory/auto_online_blocks
}

online_movable()
{
	local state

	for state in "/sys/devices/system/node/node$1"/memory*/state; do
		echo online_movable >"$state"
	done
}

# blocks_are NODE COUNT
blocks_are()
{
	local blocks=("/sys/devices/system/node/node$1"/memory[0-9]*)

	says "$2" echo "${#blocks[@]}"
}

# hog CGROUP NODE     starts a process with 8 MB on the node, which stops itself: $spawned
hog()
{
	spawn_in "$1" numactl --membind="$2" bash -c 'printf -v held "%8388608s" ""; kill -STOP $$'
	retry 60 says T awk '{ print $3 }' "/proc/$spawned/stat"
}

@test "the test is not in the root cgroup, which contains only kernel threads" {
	says 0::/init.test cat /proc/self/cgroup
	while read -r pid; do
		[ ! -e "/proc/$pid/exe" ]
	done </sys/fs/cgroup/cgroup.procs
}

@test "nodes are possible but absent" {
	says 0-2 cat /sys/devices/system/node/possible
	says 0 cat /sys/devices/system/node/online
	[ ! -e "$node1" ]
	run ! node_zone 1
}

@test "retry gives up and shows what it saw last" {
	run ! retry 0 says 7 cat /sys/devices/system/node/possible
	[[ $output == "not true within 0 s: says 7 cat"*"last seen: '0-2', not '7'" ]]
	says 0-2 retry 0 cat /sys/devices/system/node/possible
}

@test "host add makes a node appear, online_movable gives it a Movable zone" {
	host add 1 256 first
	retry 30 blocks_are 1 2
	says "" node_zone 1
	says 0 cat /sys/devices/system/node/has_memory
	online_movable 1
	retry 30 says Movable node_zone 1
	says 0-1 cat /sys/devices/system/node/has_memory
	retry 30 says 0-1 cat /sys/fs/cgroup/cpuset.mems.effective
	says 262144 node_used_kb 1 MemTotal
}

@test "foreign_pages counts a process with pages on the node, unless its cgroup is excepted" {
	says 0 foreign_pages 1-2
	mkdir /sys/fs/cgroup/granted
	hog granted 1
	[ "$(pages_on 1 "$spawned")" -ge 2048 ]
	says "$(pages_on 1 "$spawned")" foreign_pages 1
	says 0 foreign_pages 0,2 /init.test /granted
	says 0 foreign_pages 1-2 granted
	[ "$(foreign_pages 1 grant)" -ge 2048 ]
	kill -KILL "$spawned"
	retry 30 says 0 foreign_pages 1
	retry 30 rmdir /sys/fs/cgroup/granted
}

@test "in_cgroup runs a command and a function in the group and leaves the caller where it is" {
	mkdir /sys/fs/cgroup/other
	says 0::/other in_cgroup other cat /proc/self/cgroup
	in_cgroup other says 0::/other cat /proc/self/cgroup
	says 0::/init.test cat /proc/self/cgroup
	retry 10 rmdir /sys/fs/cgroup/other
}

@test "host del removes the node, and its id can be used again" {
	for zone in Movable ""; do
		host del first
		retry 30 test ! -e "$node1"
		[ -n "$zone" ] || break
		host add 1 128 first
		retry 30 blocks_are 1 1
		online_movable 1
		retry 30 says Movable node_zone 1
	done
}

@test "host says why it cannot do something" {
	run ! host add 9 128
	[[ $output == *"node 9 cannot be added"* ]]
	run ! host add 1 100
	[[ $output == *"not a multiple"* ]]
	run ! host add 1
	[[ $output == *"usage: host add"* ]]
	run ! host del nothing
	[[ $output == *"there is no DIMM nothing"* ]]
	host add 2 128 twice
	run ! host add 2 128 twice
	[[ $output == *"there is a DIMM twice already"* ]]
	retry 30 blocks_are 2 1
	host del twice
}

@test "host del fails if the kernel cannot release the memory: page tables in a Normal zone" {
	host add 2 128 kept
	retry 30 blocks_are 2 1
	echo online_kernel >"$(echo /sys/devices/system/node/node2/memory[0-9]*)/state"
	retry 30 says Normal node_zone 2
	mkdir /sys/fs/cgroup/granted
	hog granted 2
	run ! host del kept
	[[ $output == *"refuses to let go of DIMM kept"* ]]
	kill -KILL "$spawned"
	says Normal node_zone 2
}
