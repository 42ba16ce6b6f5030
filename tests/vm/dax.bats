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
