#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=1 ram=1024 nvdimm=512 timeout=400
# dax/kmem: an NVDIMM in devdax mode (on 6.1 kmem is in cxl.bats) becomes system RAM on a node of its own.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	mkdir -p "$WORK"
	start_cdmd
	modprobe -a nfit nd_pmem device_dax dax_pmem kmem
}

teardown_file()
{
	clean_up
}

@test "an NVDIMM reconfigured to system-ram is recognised, onlined movable, granted" {
	start_sampler
	retry 30 test -e /sys/bus/nd/devices/namespace0.0
	ndctl create-namespace -f -m devdax -e namespace0.0
	daxctl reconfigure-device -m system-ram -N dax0.0
	retry 60 node_is_movable 1
	grep -q 'System RAM (kmem)' /proc/iomem
	retry 30 says 0-1 effective cdm.slice
	run -0 --separate-stderr cdmadm --json nodes
	[ "$(jq -c '.nodes[] | select(.node == 1) | [.class, .origin, .state, .zone]' <<<"$output")" = '["device","dax","online","Movable"]' ]
	all_fenced 0
	sampled_again 3
	sampler_saw_nothing resident
}

@test "a launched program uses it" {
	start_holder cdm-launch
	is_placed "$holder" 1 2304
	end_holder
}

@test "asked to leave, its memory goes offline, and daxctl takes the device back; as system-ram again it is a new node" {
	run -0 cdmadm offline 1
	says 0 cat /sys/devices/system/node/has_memory
	daxctl reconfigure-device -m devdax dax0.0
	run -1 grep 'System RAM (kmem)' /proc/iomem
	[ -c /dev/dax0.0 ]
	retry 30 says 0-1 cat "$CGROUP/cdm.slice/cpuset.mems"
	daxctl reconfigure-device -m system-ram -N dax0.0
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
}

@test "daxctl takes it offline by force: cdmd leaves it so, and logs no failure" {
	daxctl reconfigure-device -f -m devdax dax0.0
	retry 30 says 0 cat /sys/devices/system/node/has_memory
	retry 30 says 0 effective cdm.slice
	cdmd_has_looked
	run -1 grep 'System RAM (kmem)' /proc/iomem
	cdmd_log | tee "$WORK/log"
	run -1 grep -E 'result=(failed|skipped)|event=reconcile-failed' "$WORK/log"
	run -0 cdmadm plan
}
