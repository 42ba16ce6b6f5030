#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: init=plain kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=900
# A node is asked to leave while programs have memory on it: revoke, drain, offline; and back again.

bats_require_minimum_version 1.5.0
load guest
load cdm
load removal

setup_file()
{
	untraced
	start_with_node 256
	mkdir "$CGROUP/cdm.slice/shell"
}

teardown_file()
{
	clean_up a
}

# pin_node     starts a process of the group with pages on node 1 that cannot be moved: $spawned
pin_node()
{
	spawn_in cdm.slice/shell "$PROGS/pin" 1 >"$WORK/pin.out"
	retry 30 grep -q ready "$WORK/pin.out"
	[ "$(pages_on 1 "$spawned")" -ge 16 ]
}

unpin_node()
{
	kill "$spawned"
	retry 30 process_is_gone "$spawned"
}

@test "offline, asked from within the group, and online: the pages move, intact; cdmd leaves it so" {
	offline_and_back 0,2
	says 0-2 mems cdm.slice
}

@test "drain: nobody has a page on it or gets one, and it is still online" {
	drain_and_back 0,2
	says 0-2 mems cdm.slice
}

@test "what cannot be moved is named, nothing new lands on the node, and online gives it back" {
	pin_node
	run -3 cdmadm offline 1 --timeout 12
	echo "$output"
	[[ $output == *"pid $spawned (pin) 64K"* ]]
	(($(pages_on 1 "$spawned") >= 16))
	says 0,2 cat "$CGROUP/cdm.slice/cpuset.mems"
	run -3 cdmadm drain 1 --timeout 2
	[[ $output == *"pid $spawned (pin) 64K"* ]]
	run -0 cdmadm online 1
	says online block_states 1
	says 0-2 cat "$CGROUP/cdm.slice/cpuset.mems"
	unpin_node
}

@test "killed amid an offline that cannot end, cdmd ends it when it can" {
	pin_node
	cdmadm offline 1 3>&- &
	asked=$!
	retry 30 jq -e .offlining /run/cdm/state.json
	kill -KILL "$asked"
	retry 30 process_is_gone "$asked"
	unpin_node
	cdmd_has_looked
	retry 30 says offline block_states 1
	says 0 cat /sys/devices/system/node/has_memory
}

@test "removed after that and put back, it is a new node: online and granted" {
	: >"$WORK/cdmd.log"
	host del a
	retry 30 says 0-2 cat "$CGROUP/cdm.slice/cpuset.mems"
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
	run -0 cdmadm plan
	# The machine takes it away while it is online: nothing failed, and nothing was tried in vain.
	host del a
	retry 30 says 0 effective cdm.slice
	cdmd_has_looked
	run -1 grep -E 'result=(failed|skipped)|event=reconcile-failed' "$WORK/cdmd.log"
	run -0 cdmadm plan
}

@test "a list, a class, all: every node of it; of a list with a system node none, and of a class that is none neither" {
	host add 1 256 a
	host add 2 256 b
	retry 60 node_is_movable 1
	retry 60 node_is_movable 2
	run -1 cdmadm offline 0-1
	[[ $output == *"node 0"* ]]
	run -2 cdmadm offline gpu
	says online block_states 1
	says 0-2 mems cdm.slice
	for nodes in 1-2 device all; do
		run -0 cdmadm offline "$nodes"
		says offline block_states 1
		says offline block_states 2
		says 0 cat /sys/devices/system/node/has_memory
		run -0 cdmadm online "$nodes"
		node_is_movable 1
		node_is_movable 2
		retry 30 says 0-2 effective cdm.slice
	done
	host del b
}
