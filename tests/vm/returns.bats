#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=v1 kernels=6.1 nodes=2 ram=1536 timeout=200
# vm-again: init=plain,systemd,v1 kernels=6.1 nodes=2 ram=1536 timeout=1800 cmdline=cdm.returns=20
# vm-again: init=plain,systemd kernels=6.12 nodes=2 ram=1536 timeout=1800 cmdline=cdm.returns=20
# A DIMM is removed, and one is added at once: the new memory blocks have the names of the old ones. What cdmd remembers
# of the old blocks, of their node, or of a cgroup must not be applied to the new ones. "cdm.returns=N" on the kernel's
# command line sets the number of repetitions.

bats_require_minimum_version 1.5.0
load guest
load cdm
load removal

RETURNS=$(boot_number cdm.returns 3)

setup_file()
{
	untraced
	# a controller that cdmd did not turn on stays on at teardown, and so do lists
	[[ $VM_INIT != plain ]] || echo +cpuset >"$CGROUP/cgroup.subtree_control"
	start_with_node 256
}

teardown_file()
{
	clean_up a
	[[ $VM_INIT != plain ]] || echo -cpuset >"$CGROUP/cgroup.subtree_control"
}

# is_granted     all of node 1 is online and movable, and only the group has it
is_granted()
{
	says online block_states 1 && node_is_movable 1 && says 0-1 effective cdm.slice && all_fenced 0
}

# returns PAUSE     the DIMM goes and returns RETURNS times, and is granted each time
returns()
{
	local round

	for ((round = 1; round <= RETURNS; round++)); do
		goes_and_returns "$1" 1 256 a
		retry 30 is_granted || { echo "return $round of $RETURNS"; return 1; }
	done
}

@test "a node that goes and returns while cdmd is stopped is granted each time" {
	returns unseen
}

@test "a node that returns at once is granted each time" {
	returns 0
}

@test "a node that returns after 10 ms is granted each time" {
	returns .01
}

@test "a node that returns after 1 s is granted each time" {
	returns 1
}

@test "a block that another program took offline is left alone, its successor is brought online" {
	block=$(printf '%s\n' /sys/devices/system/node/node1/memory[0-9]* | tail -1)
	echo offline >"$block/state"
	cdmd_has_looked
	says offline cat "$block/state"
	goes_and_returns unseen 1 256 a
	retry 30 is_granted
}

@test "a drained node is withheld, its successor is granted" {
	run -0 cdmadm drain 1
	retry 30 says 0 effective cdm.slice
	goes_and_returns unseen 1 256 a
	retry 30 is_granted
}

@test "no step failed or was skipped, and none is left" {
	run -0 cdmadm plan
	run ! grep -E 'result=(failed|skipped)' <(cdmd_log)
}

# The old cgroup had the list 0-1 before the fence, and on v1 no memory_migrate; the new one's owner chose 0.
@test "teardown does not give a new cgroup the former list of an old one of the same name" {
	make_cgroup lab
	echo 0-1 >"$CGROUP/lab/cpuset.mems"
	retry 30 says 0 cat "$CGROUP/lab/cpuset.mems"
	stop_cdmd
	rmdir "$CGROUP/lab"
	make_cgroup lab
	echo 0 >"$CGROUP/lab/cpuset.mems"
	[ "$VM_INIT" != v1 ] || echo 1 >"$CGROUP/lab/cpuset.memory_migrate"
	cdmadm teardown
	# systemd turns the controller off when no unit has a list any more, and all lists are lost
	[ "$VM_INIT" = systemd ] || says 0 cat "$CGROUP/lab/cpuset.mems"
	[ "$VM_INIT" != v1 ] || says 1 cat "$CGROUP/lab/cpuset.memory_migrate"
	rmdir "$CGROUP/lab"
}
