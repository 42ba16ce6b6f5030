#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1536 timeout=300
# vm: init=systemd kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: init=plain kernels=6.12 nodes=2 ram=1536 cpus=2 timeout=900
# vm-again: init=systemd kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=900
# vm-again: release=trixie,sid init=plain,systemd nodes=2 ram=1536 timeout=500
# vm-again: arch=aarch64,ppc64le init=plain nodes=2 ram=1536 timeout=500
# From uevent to page: nodes are hot-added behind the fence while foreign processes fill memory. There is no
# configuration file.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	mkdir -p "$WORK"
	echo online >/sys/devices/system/memory/auto_online_blocks # a file before this one may have changed it
}

teardown_file()
{
	clean_up a b
}

@test "before any device node, every top-level cgroup is fenced, and cdm.slice lists all possible nodes" {
	start_cdmd
	retry 30 all_fenced 0
	retry 30 says 0-2 cat "$CGROUP/cdm.slice/cpuset.mems"
	says 0 effective cdm.slice
	says offline cat /sys/devices/system/memory/auto_online_blocks
}

@test "two nodes come online in zone Movable; cdm.slice gets them, other cgroups never do" {
	start_foreign_pressure
	start_sampler
	retry 120 system_is_full
	host add 1 256 a
	retry 60 node_is_movable 1
	host add 2 256 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
	for _ in 1 2; do
		sampled_again 3
		retry 120 system_is_full
	done
	all_fenced 0
	sampler_saw_nothing resident
	end_foreign
}

@test "audit finds no leak, and plan no step" {
	run -0 --separate-stderr cdmadm --json audit
	[ "$(jq -c . <<<"$output")" = '{"leaks":[],"pages":0}' ]
	run -0 cdmadm plan
}

@test "a new top-level cgroup is fenced, and a daemon-reload undoes nothing" {
	foreign machine.slice newcomer tail -f /dev/null
	retry 30 says 0 cat "$CGROUP/machine.slice/cpuset.mems"
	says 0 effective machine.slice
	[ "$VM_INIT" != systemd ] || systemctl daemon-reload
	retry 30 all_fenced 0
	says 0-2 effective cdm.slice
	end_foreign newcomer
}

@test "a removed node leaves cdm.slice; a node that returns is granted again" {
	host del a
	host del b
	retry 30 says 0 cat /sys/devices/system/node/has_memory
	retry 30 says 0 effective cdm.slice
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
}

@test "cdmadm offline takes a node offline, under systemd also from inside its group; cdmadm online grants it again" {
	leave=(cdmadm offline 1)
	[ "$VM_INIT" != systemd ] || leave=(systemd-run --quiet --scope --slice=cdm.slice "${leave[@]}")
	run -0 "${leave[@]}"
	says 0 cat /sys/devices/system/node/has_memory
	retry 30 says 0,2 cat "$CGROUP/cdm.slice/cpuset.mems"
	run -0 cdmadm online 1
	node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
	host del a
}

@test "cdmd leaves auto_online_blocks=online_movable alone: the kernel brings a node online, the fences hold" {
	local auto_online=/sys/devices/system/memory/auto_online_blocks

	echo online_movable >$auto_online
	cdmd_has_looked
	says online_movable cat $auto_online
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
	says online_movable cat $auto_online
	run -0 cdmadm plan
	stop_cdmd
	run -0 cdmadm teardown
	says online_movable cat $auto_online
	node_is_movable 1
}
