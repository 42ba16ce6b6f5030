#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=1 ram=1024 cxl=512 timeout=400
# A CXL memory device, set up as on hardware: a region, its dax device, kmem. QEMU 7.2 emulates only persistent ones,
# and Linux 6.12 refuses to commit a region in a hypervisor (cxl_region_invalidate_memregion()).

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	mkdir -p "$WORK"
	start_cdmd
	modprobe -a cxl_acpi cxl_pci cxl_mem cxl_pmem nd_pmem device_dax dax_pmem kmem
}

teardown_file()
{
	clean_up
}

# explained NODE FILTER     applies a jq filter to a node of nodes --explain
explained()
{
	cdmadm --json nodes --explain | jq -r --argjson node "$1" ".nodes[] | select(.node == \$node) | $2"
}

@test "nodes --explain names a CXL device that is in no region" {
	retry 60 test -e /sys/bus/cxl/devices/endpoint2/uport
	[ "$(cdmadm --json nodes --explain | jq -r '.absent[]')" = \
		'mem0 (PCI device 0000:41:00.0): of no CXL region; cxl create-region makes one' ]
}

@test "a CXL region given to kmem is recognised as CXL, onlined movable and granted" {
	cxl create-region -m -t pmem -d decoder0.0 -w 1 mem0
	retry 30 test -e /sys/bus/nd/devices/region0
	ndctl create-namespace -f -m devdax -M mem -r region0
	daxctl reconfigure-device -m system-ram -N dax0.0
	retry 60 node_is_movable 2
	grep -q 'CXL Window' /proc/iomem
	grep -q 'System RAM (kmem)' /proc/iomem
	retry 30 says 0,2 effective cdm.slice
	[ "$(explained 2 '[.class, .origin, .state, .zone] | join(" ")')" = 'device cxl online Movable' ]
	[ "$(explained 2 '.signals[] | select(.decided) | .signal')" = '/proc/iomem: System RAM (kmem), of a CXL region' ]
	[ "$(explained 2 '.signals[] | select(.key == "pci") | .found')" = 0000:41:00.0 ]
	[ "$(explained 2 '[.signals[] | select(.key == "driver") | .found] | join(" ")')" = 'kmem cxl_pci' ]
	all_fenced 0
}

@test "a class can match the CXL device's PCI address and driver" {
	echo '{"version": 1, "classes": {"slot": {"match": {"pci": "0000:41:*", "driver": "cxl_pci"}}}}' >"$WORK/slot.json"
	[ "$(cdmadm --config "$WORK/slot.json" --json nodes | jq -c '[.nodes[] | [.node, .class]]')" = \
		'[[0,"system"],[1,"system"],[2,"slot"]]' ]
}

@test "cdmadm prints the same for a captured tree as for the running system" {
	"$BATS_TEST_DIRNAME/../fixtures/capture" "$WORK/tree"
	for verb in 'nodes --explain' groups; do
		# shellcheck disable=SC2086
		diff -u <(cdmadm --json $verb | jq 'del(.nodes[]?.free)') \
			<(cdmadm --sysroot "$WORK/tree" --json $verb | jq 'del(.nodes[]?.free)')
	done
}
