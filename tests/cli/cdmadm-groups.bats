#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

# Two classes, a nested group, a glob, and a group that does not exist.
write_config()
{
	config=$BATS_TEST_TMPDIR/cdm.json
	cat >"$config" <<-'JSON'
		{ "version": 1,
		  "classes": { "a": { "match": { "nodes": "1" } }, "b": { "match": { "nodes": "2" } } },
		  "groups": { "jobs.slice/gpu": { "classes": [ "a" ] }, "pods/**": { "classes": [ "b" ] },
		              "late.slice": { "classes": [ "a", "b" ] } } }
	JSON
}

@test "groups: with all fences in place, the status is 0" {
	tree_from acpi
	cgroup user.slice 0 0
	run -0 cdmadm --sysroot "$tree" --json groups
	json_is '{ "world": "v2",
		"groups": [ { "group": "cdm.slice", "classes": [ "device" ], "exists": true, "mems": "0-2", "effective": "0",
			"granted": "", "leaves": 0, "fenced": false } ],
		"fenced": [ { "cgroup": "system.slice", "mems": "0", "effective": "0", "holds": true },
			{ "cgroup": "user.slice", "mems": "0", "effective": "0", "holds": true } ] }'
}

@test "groups: only a cgroup's own list is a fence, whatever its effective nodes are now" {
	run -3 on acpi --json groups
	[ "$(jq -c '[.fenced[] | [.cgroup, .mems, .effective, .holds]]' <<<"$output")" = \
		'[["system.slice","0","0",true],["user.slice","","0",false]]' ]
	run -3 on acpi groups
	contains '1 fence does not stand: run `cdmadm apply`'
	# A list that names an absent node lets that node in when it arrives.
	tree_from acpi
	cgroup user.slice 0,2 0
	run -3 cdmadm --sysroot "$tree" groups
	[[ $output =~ user.slice\ +0,2\ +0\ +no ]]
}

@test "groups: on v1 every cpuset with a list is a fence unless it is a group's, at every depth" {
	tree_from acpi
	rm -rf "$tree/sys/fs/cgroup"
	put proc/mounts 'cgroup /sys/fs/cgroup cgroup rw,cpuset 0 0'
	for dir in "" /lab /lab/deep /new; do
		put "sys/fs/cgroup$dir/cpuset.mems" 0
		put "sys/fs/cgroup$dir/cpuset.effective_mems" 0
		put "sys/fs/cgroup$dir/cpuset.memory_migrate" 1
		put "sys/fs/cgroup$dir/cgroup.procs" ''
	done
	put sys/fs/cgroup/lab/deep/cpuset.mems 0-1
	put sys/fs/cgroup/new/cpuset.mems ''
	run -3 cdmadm --sysroot "$tree" --json groups
	[ "$(jq -c '[.fenced[] | [.cgroup, .holds]]' <<<"$output")" = '[["lab",true],["lab/deep",false]]' ]
}

@test "groups: a fence that does not hold is reported" {
	run -3 on acpi-online --json groups
	json_is '{ "world": "v2",
		"groups": [ { "group": "cdm.slice", "classes": [ "device" ], "exists": true, "mems": "0-2", "effective": "0-1",
			"granted": "1", "leaves": 0, "fenced": false } ],
		"fenced": [ { "cgroup": "system.slice", "mems": "0", "effective": "0", "holds": true },
			{ "cgroup": "user.slice", "mems": "", "effective": "0-1", "holds": false } ] }'
	run -3 on acpi-online groups
	contains '1 fence does not stand: run `cdmadm apply`'
	[[ $output =~ user.slice\ +0-1\ +no ]]
}

@test "groups: nested groups, globs, leaves, and a group that does not exist yet are shown" {
	write_config
	tree_from acpi-online
	cgroup system.slice 0 0
	cgroup user.slice 0 0
	cgroup cdm.slice 0 0
	cgroup jobs.slice 0-1 0-1
	cgroup jobs.slice/gpu 0-1 0-1
	cgroup jobs.slice/gpu/cdm-launch-71 0-1 0-1
	cgroup jobs.slice/gpu/cdm-launch-72.scope 0-1 0-1
	cgroup jobs.slice/other '' 0-1
	cgroup pods 0,2 0
	cgroup pods/one 0,2 0
	run -3 cdmadm --config "$config" --sysroot "$tree" --json groups
	json_is '{ "world": "v2",
		"groups": [
			{ "group": "jobs.slice/gpu", "classes": [ "a" ], "exists": true, "mems": "0-1", "effective": "0-1",
			  "granted": "1", "leaves": 2, "fenced": false },
			{ "group": "pods", "classes": [ "b" ], "exists": true, "mems": "0,2", "effective": "0",
			  "granted": "", "leaves": 0, "fenced": false },
			{ "group": "pods/one", "classes": [ "b" ], "exists": true, "mems": "0,2", "effective": "0",
			  "granted": "", "leaves": 0, "fenced": false },
			{ "group": "late.slice", "classes": [ "a", "b" ], "exists": false, "mems": "", "effective": "",
			  "granted": "", "leaves": 0, "fenced": false } ],
		"fenced": [ { "cgroup": "cdm.slice", "mems": "0", "effective": "0", "holds": true },
			{ "cgroup": "jobs.slice/other", "mems": "", "effective": "0-1", "holds": false },
			{ "cgroup": "system.slice", "mems": "0", "effective": "0", "holds": true },
			{ "cgroup": "user.slice", "mems": "0", "effective": "0", "holds": true } ] }'
}

@test "groups: a group whose effective nodes lack its device nodes is shown as fenced" {
	tree_from acpi-online
	cgroup cdm.slice 0-2 0
	cgroup user.slice 0 0
	run -0 cdmadm --sysroot "$tree" --json groups
	[ "$(jq -c '[.groups[].fenced]' <<<"$output")" = '[true]' ]
}

@test "groups: the world is v2+systemd if /run/systemd/system exists" {
	tree_from acpi
	mkdir -p "$tree/run/systemd/system"
	run -3 cdmadm --sysroot "$tree" --json groups
	[ "$(jq -r .world <<<"$output")" = v2+systemd ]
}

@test "groups: the backslashes of unit names are printed unchanged, control characters are not printed" {
	tree_from acpi
	cgroup 'my\x2dapp.slice' 0 0
	cgroup $'b\xc3\xa4d' 0 0
	cgroup $'e\x1b[2Jsc' 0 0
	run -3 cdmadm --sysroot "$tree" groups
	contains 'my\x2dapp.slice '
	contains $'b\xc3\xa4d '
	[[ $output != *$'\x1b'* ]]
}

# container MEMS     makes $tree what a container with a cgroup namespace sees; its root may use these nodes
container()
{
	put sys/fs/cgroup/cgroup.type domain
	put sys/fs/cgroup/cpuset.mems ''
	put sys/fs/cgroup/cpuset.mems.effective "$1"
	put proc/self/status "Name:\tx\nMems_allowed:\t3\nMems_allowed_list:\t$1"
}

@test "groups, nodes, plan: in a container, its nodes are shown, and that it can change nothing" {
	tree_from acpi-online
	rm -r "$tree"/sys/fs/cgroup/*.slice
	container 0-1
	run -0 cdmadm --sysroot "$tree" --json groups
	json_is '{ "world": "v2", "container": true, "fenced": [], "groups": [ { "group": "/", "classes": [ "device" ],
		"exists": true, "mems": "", "effective": "0-1", "granted": "1", "leaves": 0, "fenced": false } ] }'
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(jq -c '[.nodes[].groups]' <<<"$output")" = '[["/"],["/"],[]]' ]
	run -0 cdmadm --sysroot "$tree" groups
	contains 'this is a container (/sys/fs/cgroup is not the root of the cgroup hierarchy)'
	run -3 cdmadm --sysroot "$tree" --json plan
	[ "$(jq -c .steps <<<"$output")" = '[]' ]
	contains 'nothing can be done from here; it may use nodes 0-1, device nodes among them: 1'
	# Without the controller, a cpuset above limits the container: the nodes are in /proc/self/status.
	rm "$tree"/sys/fs/cgroup/cpuset.mems*
	put sys/fs/cgroup/cgroup.controllers 'memory pids'
	container 0
	rm "$tree"/sys/fs/cgroup/cpuset.mems*
	run -3 cdmadm --sysroot "$tree" --json plan
	contains 'it may use nodes 0, device nodes among them: none'
}
