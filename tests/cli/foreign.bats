#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

# Trees that others captured may lack files. A missing file costs only what it contains, and no value is guessed.

load common

# without PATTERN...     removes these files from $tree; each must exist
without()
{
	local pattern

	for pattern in "$@"; do
		# shellcheck disable=SC2086 # it is a pattern
		rm -r "${tree:?}"/$pattern
	done
}

# of_node N KEY...     the values of a node in $output, as one JSON array
of_node()
{
	local node=$1

	shift
	jq -c --argjson n "$node" '[(.nodes[] | select(.node == $n))[$ARGS.positional[]]]' --args "$@" <<<"$output"
}

# all_answer     nodes --explain succeeds and has a reason for each node
all_answer()
{
	run -0 cdmadm --sysroot "$tree" nodes --explain
	run -0 cdmadm --sysroot "$tree" --json nodes --explain
	[ "$(jq '[.nodes[].why | select(. == "" or . == null)] | length' <<<"$output")" = 0 ]
}

@test "nodes works on a tree that lacks any one kind of file" {
	for file in sys/devices/system/node/{possible,online,has_memory,has_cpu} sys/devices/system/node/node*/cpulist \
		'sys/devices/system/node/node*/meminfo' 'sys/devices/system/node/node*/distance' \
		sys/devices/system/memory/block_size_bytes 'sys/devices/system/memory/memory*/valid_zones' \
		'sys/devices/system/memory/memory*/state' sys/devices/system/memory proc/iomem sys/fs/cgroup \
		sys/fs/cgroup/cgroup.controllers 'sys/fs/cgroup/*.slice/cpuset.mems.effective' 'sys/fs/cgroup/*/cgroup.events' \
		'sys/fs/cgroup/*/cgroup.subtree_control' 'sys/fs/cgroup/cgroup.subtree_control'; do
		tree_from acpi-online
		without "$file"
		echo "without $file"
		all_answer
		# Only its blocks (zones, states) show that node 1 is a device node.
		if [[ $file != *valid_zones && $file != *state && $file != *system/memory ]]; then
			[ "$(of_node 1 class)" = '["device"]' ]
		fi
		[ "$(of_node 0 class state)" = '["system","online"]' ]
	done
}

@test "an unknown size, zone or list is null in JSON, and a dash in the table" {
	tree_from acpi-online
	without sys/devices/system/memory/block_size_bytes 'sys/devices/system/memory/memory*/valid_zones' \
		'sys/devices/system/node/node1/meminfo' 'sys/devices/system/node/node*/cpulist' sys/fs/cgroup
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(of_node 1 state zone origin size online free groups)" = '["online",null,null,null,null,null,null]' ]
	[ "$(of_node 0 state zone cpus)" = '["online",null,null]' ]
	run -0 cdmadm --sysroot "$tree" nodes
	[[ ${lines[2]} =~ ^\ +1\ system\ online\ -\ +-\ +-\ +-\ +-\ +-?\ +-\ *$ ]]
}

@test "plan does not report an unknown zone as a problem" {
	tree_from acpi-online
	cgroup user.slice 0 0
	without 'sys/devices/system/memory/memory*/valid_zones'
	put lab.json '{ "version": 1, "classes": { "lab": { "match": { "nodes": "1" } } },
		"groups": { "cdm.slice": { "classes": [ "lab" ] } } }'
	cgroup cdm.slice 0-1 0-1
	run -0 cdmadm --config "$tree/lab.json" --sysroot "$tree" --json plan
	json_is '{ "steps": [], "problems": [] }'
}

@test "a node without any file about its memory is neither online nor absent" {
	tree_from acpi-online
	without sys/devices/system/node/has_memory 'sys/devices/system/node/node*/meminfo' sys/devices/system/memory
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(of_node 0 state size class)" = '[null,null,"system"]' ]
}

@test "a machine that has no device node, and can have none, needs no fence" {
	tree_from acpi-online
	without 'sys/devices/system/node/node1' sys/devices/system/node/online
	for mask in possible has_memory has_cpu; do
		put "sys/devices/system/node/$mask" 0
	done
	run -0 cdmadm --sysroot "$tree" plan
	[ "$output" = 'nothing to do' ]
	run -0 cdmadm --sysroot "$tree" --json groups
	[ "$(jq -c .fenced <<<"$output")" = '[]' ]
	# Once another node is possible, a device may bring it.
	put sys/devices/system/node/possible 0-1
	run -3 cdmadm --sysroot "$tree" plan
	contains 'fence  user.slice'
}

@test "cgroups that lack a file are still shown" {
	tree_from acpi-online
	without 'sys/fs/cgroup/*.slice/cpuset.mems.effective' 'sys/fs/cgroup/*/cgroup.events' sys/fs/cgroup/cgroup.subtree_control
	run -3 cdmadm --sysroot "$tree" --json groups
	[ "$(jq -c '[.groups[] | [.group, .effective]]' <<<"$output")" = '[["cdm.slice","0-1"]]' ]
	[ "$(jq -c '[.fenced[] | [.cgroup, .effective]]' <<<"$output")" = '[["system.slice","0"],["user.slice","0-1"]]' ]
}

@test "if v1 cpusets lack files, nodes works, and only the groups are unknown" {
	tree_from acpi-online
	without sys/fs/cgroup
	put proc/mounts 'cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0'
	put sys/fs/cgroup/cpuset/cgroup.procs ''
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(of_node 1 class groups)" = '["device",null]' ]
}

# no_cgroups WHY     plan, groups and audit fail with this reason, as text and as JSON; nodes still works
no_cgroups()
{
	local verb

	for verb in plan groups audit; do
		run -1 --separate-stderr cdmadm --sysroot "$tree" $verb
		[ -z "$output" ]
		# shellcheck disable=SC2154 # run sets it
		[[ $stderr == "cdmadm: $verb: "*"$1"* && $stderr != *$'\n'* ]]
		run -1 --separate-stderr cdmadm --sysroot "$tree" --json $verb
		[[ $(jq -r '.verb + ": " + .error' <<<"$stderr") == "$verb: "*"$1"* ]]
	done
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(of_node 1 class groups)" = '["device",null]' ]
}

@test "without cgroups, or without cpusets, the status is 1 and the error says which is missing" {
	tree_from acpi-online
	without sys/fs/cgroup
	no_cgroups 'no cgroups found: /proc/mounts is missing, and below /sys/fs/cgroup there is neither'
	put proc/mounts 'tmpfs /tmp tmpfs rw 0 0'
	no_cgroups 'no cgroup hierarchy is mounted that can have the cpuset controller'
	rm "$tree/proc/mounts"
	put sys/fs/cgroup/cgroup.controllers 'cpu memory'
	no_cgroups 'no cpuset controller in cgroup v2 (/sys/fs/cgroup/cgroup.controllers: cpu memory)'
}

@test "a cgroup mount without files, and a tree without nodes, are each reported in one line" {
	tree_from acpi-online
	put proc/mounts 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0'
	without sys/fs/cgroup
	run -1 --separate-stderr cdmadm --sysroot "$tree" plan
	[[ $stderr == 'cdmadm: plan: /sys/fs/cgroup/cgroup.controllers is missing, although /proc/mounts has cgroup2 there' ]]
	without sys/devices/system/node
	run -1 --separate-stderr cdmadm --sysroot "$tree" nodes
	[[ $stderr == 'cdmadm: nodes: /sys/devices/system/node: no nodes in this tree'* ]]
}
