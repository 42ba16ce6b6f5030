#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=1 ram=1024 nvdimm=512 timeout=400
# dax/kmem: an NVDIMM in devdax mode (for kmem on 6.1 see cxl.bats) becomes system RAM on a separate node.

bats_require_minimum_version 1.5.0
load guest
load cdm
load api

setup_file()
{
	untraced
	mkdir -p "$WORK"
	start_cdmd
	modprobe -a nfit nd_pmem device_dax dax_pmem kmem
}

teardown_file()
{
	clean_up
}

@test "an NVDIMM reconfigured to system-ram is recognised, onlined movable and granted" {
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

@test "a launched program's allowed blocks are on the node" {
	start_holder cdm-launch
	is_placed "$holder" 1 2304
	end_holder
}

@test "after cdmadm offline, daxctl can take the device back; as system-ram again, it is granted as a new node" {
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

@test "libcdm allocates zeroed blocks of a devdax, for one process at a time; the last free releases the device" {
	daxctl reconfigure-device -f -m devdax dax0.0
	retry 30 test -c /dev/dax0.0
	make_cgroup outside
	in_group=outside start_api
	run -1 grep dax "/proc/$api/maps"
	ask alloc a 512 /dev/dax0.0 -
	answers touched touch a
	ask alloc b 3 /dev/dax0.0 s 0x200000
	((0x$answer % 0x200000 == 0))
	answers touched touch b
	[ "$(grep -c ' rw-s .*/dev/dax0.0' "/proc/$api/maps")" -eq 1 ]
	answers '-ENOMEM: /dev/dax0.0 has no free piece of *' alloc c 1000000 /dev/dax0.0 -
	flock -n /dev/dax0.0 true && { echo "/dev/dax0.0 is not locked"; false; }
	answers 0 free a
	ask alloc a 512 /dev/dax0.0 -
	answers clean zero a
	answers 0 free b
	answers '-EINVAL: * are not a block of /dev/dax0.0: *' free b
	# Another process.
	one=$api
	(
		unset api_in
		WORK=$WORK/other
		mkdir -p "$WORK"
		in_group=outside start_api
		answers '-EBUSY: /dev/dax0.0: another process uses it*' alloc a 1 /dev/dax0.0 -
		end_api
	)
	answers 0 free a
	run -1 grep dax "/proc/$one/maps"
	flock -n /dev/dax0.0 true
	end_api
	daxctl reconfigure-device -m system-ram -N dax0.0
	retry 60 node_is_movable 1
}

@test "if daxctl takes the node offline by force, cdmd leaves it offline and logs no failure" {
	daxctl reconfigure-device -f -m devdax dax0.0
	retry 30 says 0 cat /sys/devices/system/node/has_memory
	retry 30 says 0 effective cdm.slice
	cdmd_has_looked
	run -1 grep 'System RAM (kmem)' /proc/iomem
	cdmd_log | tee "$WORK/log"
	run -1 grep -E 'result=(failed|skipped)|event=reconcile-failed' "$WORK/log"
	run -0 cdmadm plan
}
