#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

@test "nodes: JSON has an online device node and the group that may use it" {
	run -0 on acpi-online --json nodes
	json_is '{ "nodes": [
		{ "node": 0, "class": "system", "state": "online", "zone": "Normal", "origin": "boot", "size": 1073741824,
		  "online": 1073741824, "free": 878575616, "cpus": "0-1", "withdrawn": false, "groups": [ "cdm.slice" ] },
		{ "node": 1, "class": "device", "state": "online", "zone": "Movable", "origin": "acpi", "size": 536870912,
		  "online": 536870912, "free": 536363008, "cpus": "", "withdrawn": false, "groups": [ "cdm.slice" ] },
		{ "node": 2, "class": "system", "state": "absent", "zone": "", "origin": "none", "size": 0,
		  "online": 0, "free": 0, "cpus": "", "withdrawn": false, "groups": [] } ] }'
}

@test "nodes: the table has sizes with units, and counts absent nodes" {
	run -0 on acpi-online nodes
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[0]} == "NODE CLASS"*"GROUPS"* ]]
	[[ ${lines[1]} =~ ^\ +0\ system\ online\ +Normal\ +boot\ +1G\ +1G\ +837.8M\ 0-1\ +cdm.slice\ *$ ]]
	[[ ${lines[2]} =~ ^\ +1\ device\ online\ +Movable\ acpi\ +512M\ +512M\ 511.5M\ +cdm.slice\ *$ ]]
	[ "${lines[3]}" = '1 absent node not shown (-a shows it)' ]
}

@test "nodes: a withdrawn node is marked in the state column, and by its own key in JSON" {
	tree_from acpi-online
	put run/cdm/state.json '{ "version": 1, "known": "0", "settled": "", "onlined": "", "mems": {}, "created": [], "enabled": [],
		"withdrawn": "1" }'
	run -0 cdmadm --sysroot "$tree" nodes
	contains '1 device online, withdrawn Movable'
	contains '0 system online            Normal'
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(jq -c '[.nodes[] | .withdrawn, .state]' <<<"$output")" = '[false,"online",true,"online",false,"absent"]' ]
}

@test "nodes: -a shows absent nodes, --explain the reason for each node's class" {
	run -0 on acpi-online nodes -a --explain
	contains 'system: has CPUs 0-1'
	contains 'class device: CPU-less, its memory wholly movable'
	contains 'absent: could be device'
	[[ $output =~ 1\ origin\ +CPU-less,\ its\ memory\ wholly\ movable\ +acpi,\ decided ]]
	run -0 on acpi-online --json nodes --explain
	[ "$(jq -r '.nodes[1].why' <<<"$output")" = 'class device: CPU-less, its memory wholly movable' ]
	[ "$(jq -c '.nodes[1].signals[0]' <<<"$output")" = \
		'{"key":"origin","signal":"CPU-less, its memory wholly movable","found":"","says":"acpi","decided":true}' ]
	[ "$(jq -c '[.nodes[2].signals, .absent]' <<<"$output")" = '[[],[]]' ]
}

# decided TREE [OPTION...]     for each node with memory: number, class, origin, state, and the signals that decided
decided()
{
	local tree=$1

	shift
	cdmadm --sysroot "$trees/$tree" "$@" --json nodes --explain |
		jq -r '.nodes[] | select(.state != "absent") |
			"\(.node) \(.class) \(.origin) \(.state): \([.signals[] | select(.decided) | .signal + (if .found == "" then "" else " " + .found end)] | join("; "))"'
}

decided_is()
{
	diff -u - <(decided "$@")
}

@test "nodes --explain: names the signals that decided on each node of each tree" {
	decided_is acpi <<-END
		0 system boot online: CPUs 0-1
		1 device acpi offline: CPU-less, its memory wholly offline
	END
	decided_is dax <<-END
		0 system boot online: CPUs 0-1
		2 device dax offline: /proc/iomem: System RAM (kmem) 108000000-13fffffff
	END
	decided_is cxl-qemu <<-END
		0 system boot online: CPUs 0-1
		2 device cxl online: /proc/iomem: System RAM (kmem), of a CXL region 20d8000000-20efffffff
	END
	decided_is cxl-user <<-END
		0 system boot online: CPUs 0-3
		1 system boot online: CPUs 4-7
		2 device cxl online: /sys/bus/dax: target_node of a CXL region's kmem device dax0.0
	END
	decided_is cxl-server <<-END
		0 system boot online: CPUs 0-31
		1 system boot online: CPUs 32-63
		2 device cxl online: /proc/iomem: System RAM (kmem), of a CXL region 2080000000-227fffffff
		3 system cxl online: /sys/bus/cxl: memory of a region 3080000000-317fffffff
		4 device cxl online: /proc/iomem: System RAM (kmem), in a CXL window 4080000000-417fffffff
	END
	decided_is power9 <<-END
		0 system boot online: CPUs 0-79
		8 system boot online: CPUs 80-159
		252 device nvidia offline: device tree: ibm,coherent-device-memory 40000000000-4002fffffff
		253 device nvidia partial: device tree: ibm,coherent-device-memory 48000000000-4802fffffff
		254 device nvidia online: /proc/driver/nvidia: numa_status 0004:04:00.0, online
		255 device nvidia online: /proc/driver/nvidia: numa_status 0004:05:00.0, online
	END
	decided_is boot-cpuless <<-END
		0 system boot online: CPUs 0-3
		1 system boot online: memory of the boot
	END
	[ "$(decided gh200 | sed -n 6p)" = '12 device nvidia online: /proc/iomem: System RAM (NVIDIA) 140000000000-14005fffffff' ]
}

# config MATCH     a configuration of one class, c
config()
{
	echo "{\"version\": 1, \"classes\": {\"c\": {\"match\": $1}}}" >"$BATS_TEST_TMPDIR/cdm.json"
}

@test "nodes --explain: each key of a match names its signal" {
	while IFS='|' read -r match expected; do
		config "$match"
		echo "# $match"
		diff -u - <(decided cxl-server --config "$BATS_TEST_TMPDIR/cdm.json" | grep ' c ') <<<"$expected"
	done <<-'END'
		{"nodes": "2"}|2 c cxl online: configuration c
		{"driver": "cxl_*", "distance": "14", "nodes": "2"}|2 c cxl online: configuration c; distance from the nearest CPUs 14; driver cxl_pci
		{"pci": "0000:b*"}|3 c cxl online: PCI device 0000:b1:00.0
		{"pci": "0000:4*"}|2 c cxl online: PCI device 0000:41:00.0
		{"tier": 22}|4 c cxl online: memory tier 22
		{"cpuless": true, "tier": 22}|4 c cxl online: memory tier 22; CPUs none
		{"origin": "cxl", "tier": 22}|4 c cxl online: /proc/iomem: System RAM (kmem), in a CXL window 4080000000-417fffffff; memory tier 22
		{"origin": "cxl", "pci": "0000:b*"}|3 c cxl online: /sys/bus/cxl: memory of a region 3080000000-317fffffff; PCI device 0000:b1:00.0
	END
}

@test "nodes --explain: lists devices whose memory is not a node" {
	run -0 on gh200-cdmm nodes --explain
	[ "${lines[-1]}" = 'GPU 0009:01:00.0: its memory is no node, the driver keeps it (CoherentGPUMemoryMode: driver)' ]
	run -0 on cxl-server --json nodes --explain
	[ "$(jq -c '.absent' <<<"$output")" = '["mem3 (PCI device 0000:b2:00.0): of no CXL region; cxl create-region makes one"]' ]
}

@test "nodes: dozens of absent nodes take one line of the table, and are all in JSON" {
	run -0 on gh200 nodes
	[ "${#lines[@]}" -eq 10 ]
	[ "${lines[9]}" = '28 absent nodes not shown (-a shows them)' ]
	run -0 on gh200 --json nodes
	[ "$(jq -c '[.nodes[] | select(.class == "device") | .node]' <<<"$output")" = '[4,12,20,28]' ]
	[ "$(jq '.nodes | length' <<<"$output")" -eq 36 ]
}

@test "nodes: high node numbers, every state, and a tree without cgroups" {
	run -0 on power9 --json nodes
	[ "$(jq -c '[.nodes[] | [.node, .class, .state, .zone, .online]]' <<<"$output")" = \
		'[[0,"system","online","Normal",805306368],[8,"system","online","Normal",805306368],[252,"device","offline","",0],[253,"device","partial","Movable",536870912],[254,"device","online","Movable",805306368],[255,"device","online","Movable",805306368]]' ]
	[ "$(jq -c '[.nodes[].groups] | unique' <<<"$output")" = '[null]' ]
}

@test "nodes: a node's groups are those whose effective nodes include it, not all that request it" {
	tree_from acpi-online
	cgroup cdm.slice 0-2 0
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(jq -c '[.nodes[].groups]' <<<"$output")" = '[["cdm.slice"],[],[]]' ]
}
