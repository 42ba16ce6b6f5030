#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

@test "nodes: a device node that is online, one group that may use it" {
	run -0 on acpi-online --json nodes
	json_is '{ "nodes": [
		{ "node": 0, "class": "system", "state": "online", "zone": "Normal", "origin": "boot", "size": 1073741824,
		  "online": 1073741824, "free": 878575616, "cpus": "0-1", "groups": [ "cdm.slice" ] },
		{ "node": 1, "class": "device", "state": "online", "zone": "Movable", "origin": "acpi", "size": 536870912,
		  "online": 536870912, "free": 536363008, "cpus": "", "groups": [ "cdm.slice" ] },
		{ "node": 2, "class": "system", "state": "absent", "zone": "", "origin": "none", "size": 0,
		  "online": 0, "free": 0, "cpus": "", "groups": [] } ] }'
}

@test "nodes: as a table, sizes for people, absent nodes counted" {
	run -0 on acpi-online nodes
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[0]} == "NODE CLASS"*"GROUPS"* ]]
	[[ ${lines[1]} =~ ^\ +0\ system\ online\ +Normal\ +boot\ +1G\ +1G\ +837.8M\ 0-1\ +cdm.slice\ *$ ]]
	[[ ${lines[2]} =~ ^\ +1\ device\ online\ +Movable\ acpi\ +512M\ +512M\ 511.5M\ +cdm.slice\ *$ ]]
	[ "${lines[3]}" = '1 absent node not shown (-a shows it)' ]
}

@test "nodes: -a shows the absent ones, --explain why" {
	run -0 on acpi-online nodes -a --explain
	[ "${#lines[@]}" -eq 4 ]
	contains 'system: has CPUs 0-1'
	contains 'class device: CPU-less, its memory wholly movable'
	contains 'absent: could be device'
	run -0 on acpi-online --json nodes --explain
	[ "$(jq -r '.nodes[1].why' <<<"$output")" = 'class device: CPU-less, its memory wholly movable' ]
}

@test "nodes: dozens of possible nodes are quiet, and all in the document" {
	run -0 on gh200 nodes
	[ "${#lines[@]}" -eq 10 ]
	[ "${lines[9]}" = '28 absent nodes not shown (-a shows them)' ]
	run -0 on gh200 --json nodes
	[ "$(jq -c '[.nodes[] | select(.class == "device") | .node]' <<<"$output")" = '[4,12,20,28]' ]
	[ "$(jq '.nodes | length' <<<"$output")" -eq 36 ]
}

@test "nodes: high numbers, every state, no cgroups at all" {
	run -0 on power9 --json nodes
	[ "$(jq -c '[.nodes[] | [.node, .class, .state, .zone, .online]]' <<<"$output")" = \
		'[[0,"system","online","Normal",805306368],[8,"system","online","Normal",805306368],[252,"device","offline","",0],[253,"device","partial","Movable",536870912],[254,"device","online","Movable",805306368],[255,"device","online","Movable",805306368]]' ]
	[ "$(jq -c '[.nodes[].groups] | unique' <<<"$output")" = '[[]]' ]
}

@test "nodes: the groups are those whose effective nodes have it, not those that ask for it" {
	tree_from acpi-online
	cgroup cdm.slice 0-2 0
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(jq -c '[.nodes[].groups]' <<<"$output")" = '[["cdm.slice"],[],[]]' ]
}
