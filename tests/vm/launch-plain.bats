#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1,6.12 nodes=2 ram=1280 timeout=900
# Launched programs on bare cgroup v2: the group's leaf is a child cgroup.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	mkdir -p "$WORK"
	start_cdmd
	host add 1 512 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
}

teardown_file()
{
	clean_up a b
}

rules=(--allow anon,min=1M --allow malloc,min=1M)

@test "a test program: blocks that the rules allow are on node 1, all others are not" {
	start_holder cdm-launch "${rules[@]}"
	# 4M malloc, 4M anon and 1M malloc at least
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	tell_holder more more 1
	is_placed "$holder" 1-2 4608
	tell_holder check intact 1
	end_holder
}

@test "its own leaf goes away with it" {
	start_holder cdm-launch "${rules[@]}"
	leaf=$(cut -d: -f3 "/proc/$holder/cgroup")
	[[ $leaf == /cdm.slice/* ]]
	says 0-2 cat "$CGROUP$leaf/cpuset.mems"
	end_holder
	retry 30 test ! -e "$CGROUP$leaf"
}

@test "a node that arrives while the program runs is used by it, and may be removed under it" {
	start_holder cdm-launch --policy interleave "${rules[@]}"
	says 0 pages_on 2 "$holder"
	host add 2 512 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	tell_holder more more 1
	[ "$(pages_on 2 "$holder")" -ge 256 ]
	is_placed "$holder" 1-2 4608
	tell_holder check intact 1

	# ... and removed under it: its pages move, its data is intact, nobody dies
	host del b
	retry 30 test ! -e /sys/devices/system/node/node2
	retry 30 says 0-1 cat /sys/devices/system/node/has_memory
	tell_holder check intact 2
	tell_holder more more 2
	tell_holder check intact 3
	end_holder
	all_fenced 0
}
