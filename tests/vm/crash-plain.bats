#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1536 timeout=300
# vm-again: init=plain kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=900 cmdline=cdm.moments=20
# cdmd is killed with SIGKILL at many moments of a hot-add, and started again: it converges, and no process outside the
# groups gets a page.

bats_require_minimum_version 1.5.0
load guest
load cdm

MOMENTS=$(boot_number cdm.moments 5)

setup_file()
{
	untraced
	mkdir -p "$WORK"
	start_cdmd
	retry 30 all_fenced 0
}

teardown_file()
{
	clean_up a
}

# moment K     waits until the K-th of MOMENTS, from before the kernel sees the DIMM to well after the grant
moment()
{
	local us=$(($1 * $1 * 600000 / (MOMENTS * MOMENTS))) began=${EPOCHREALTIME/./}

	until ((${EPOCHREALTIME/./} - began >= us)); do :; done
}

@test "cdmd killed at many moments of a hot-add always converges, and no foreign process ever has a page" {
	foreign system.slice press "$PROGS/press" 100 /run/press
	start_sampler
	for ((k = 0; k < MOMENTS; k++)); do
		host add 1 256 a
		moment "$k"
		kill_cdmd
		all_fenced 0
		start_cdmd
		retry 60 node_is_movable 1 || { echo "moment $k"; cdmd_log; return 1; }
		retry 30 says 0-1 effective cdm.slice
		jq -e .version /run/cdm/state.json
		host del a
		retry 30 says 0 cat /sys/devices/system/node/has_memory
	done
	sampled_again 1
	sampler_saw_nothing resident
}

@test "a second cdmd refuses to start, and says why" {
	run -1 cdmd
	[[ $output == *"another cdmd is running"* ]]
}
