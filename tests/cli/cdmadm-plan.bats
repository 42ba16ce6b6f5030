#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

@test "plan: fences come before online" {
	run -3 on acpi --json plan
	json_is '{ "steps": [ { "do": "fence", "target": "user.slice", "nodes": "0" },
		{ "do": "online", "target": "node1", "nodes": "1", "value": "online_movable", "blocks": "32-35" } ], "problems": [] }'
	run -3 on acpi plan
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[1]} =~ ^fence\ +user.slice\ +0\ *$ ]]
	[[ ${lines[2]} =~ ^online\ +node1\ +1\ +online_movable\ *$ ]]
}

@test "plan: a fresh machine gets all its steps in the promised order" {
	run -3 on dax --json plan
	json_is '{ "steps": [ { "do": "controller", "target": "/", "nodes": "" },
		{ "do": "create", "target": "cdm.slice", "nodes": "" },
		{ "do": "online", "target": "node2", "nodes": "2", "value": "online_movable", "blocks": "33-39" },
		{ "do": "grant", "target": "cdm.slice", "nodes": "0-2" } ], "problems": [] }'
}

@test "plan: there is nothing to do if the fence stands and the memory is online" {
	tree_from acpi-online
	cgroup user.slice 0 0
	run -0 cdmadm --sysroot "$tree" plan
	[ "$output" = 'nothing to do' ]
	run -0 cdmadm --sysroot "$tree" --json plan
	json_is '{ "steps": [], "problems": [] }'
}

@test "plan: a problem gives status 3 even if there is no step" {
	tree_from acpi-online
	cgroup user.slice 0 0
	sed -i s/Movable/Normal/ "$tree"/sys/devices/system/memory/memory*/valid_zones
	cat >"$BATS_TEST_TMPDIR/cdm.json" <<-'JSON'
		{ "version": 1, "classes": { "lab": { "match": { "nodes": "1" } } }, "groups": { "cdm.slice": { "classes": [ "lab" ] } } }
	JSON
	cgroup cdm.slice 0-1 0-1
	run -3 cdmadm --config "$BATS_TEST_TMPDIR/cdm.json" --sysroot "$tree" plan
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == 'problem: node 1 is online outside zone Movable (Normal):'* ]]
}

@test "plan: without a cgroup hierarchy, the error says what is missing" {
	run -1 --separate-stderr on gh200 plan
	[[ $stderr == 'cdmadm: plan: no cgroups found: /proc/mounts is missing'* ]]
	tree_from gh200
	put proc/mounts 'proc /proc proc rw 0 0'
	run -1 --separate-stderr cdmadm --sysroot "$tree" plan
	[[ $stderr == 'cdmadm: plan: no cgroup hierarchy is mounted'*'mount -t cgroup2'* ]]
}

# hybrid     makes $tree systemd's hybrid mode: a v1 cpuset hierarchy beside a unified one without the controller
hybrid()
{
	rm -rf "$tree/sys/fs/cgroup"
	put proc/mounts 'tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\ncgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\ncgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0'
	mkdir -p "$tree/run/systemd/system"
	put sys/fs/cgroup/unified/cgroup.controllers ''
	put sys/fs/cgroup/cpuset/cgroup.procs '1\n2'
	put sys/fs/cgroup/cpuset/cpuset.mems 0
	put proc/1/stat '1 (systemd) S 0 1 1 0 -1 4194560'
	put proc/2/stat '2 (kthreadd) S 0 0 0 0 -1 2129984'
	for cpuset in docker docker/abc; do
		put "sys/fs/cgroup/cpuset/$cpuset/cgroup.procs" ''
		put "sys/fs/cgroup/cpuset/$cpuset/cpuset.mems" 0
		put "sys/fs/cgroup/cpuset/$cpuset/cpuset.memory_migrate" 0
	done
}

@test "plan: on a hybrid, cdmadm uses the v1 cpuset and moves the root's processes behind a fence" {
	tree_from acpi
	hybrid
	run -3 cdmadm --sysroot "$tree" --json plan
	json_is '{ "steps": [ { "do": "create", "target": "cdm-fence", "nodes": "" },
		{ "do": "fence", "target": "cdm-fence", "nodes": "0", "value": "memory_migrate=1" },
		{ "do": "move", "target": "cdm-fence", "nodes": "" },
		{ "do": "create", "target": "cdm.slice", "nodes": "" },
		{ "do": "online", "target": "node1", "nodes": "1", "value": "online_movable", "blocks": "32-35" },
		{ "do": "grant", "target": "cdm.slice", "nodes": "0", "value": "memory_migrate=1" } ], "problems": [] }'
	run -0 cdmadm --sysroot "$tree" --json groups
	[ "$(jq -r .world <<<"$output")" = v1 ]
}

@test "plan: on a hybrid, the error says whether cpuset is unmounted or disabled, and the remedy" {
	tree_from acpi
	hybrid
	sed -i '/rw,cpuset/d' "$tree/proc/mounts"
	put proc/cgroups 'cpuset\t7\t3\t1'
	run -1 --separate-stderr cdmadm --sysroot "$tree" plan
	[[ $stderr == 'cdmadm: plan: no cpuset controller in cgroup v2 (/sys/fs/cgroup/unified/cgroup.controllers: '*'mount -t cgroup -o cpuset'* ]]
	put proc/cgroups 'cpuset\t0\t1\t0'
	run -1 --separate-stderr cdmadm --sysroot "$tree" plan
	[[ $stderr == *'boot without cgroup_disable=cpuset' ]]
}

@test "plan: with a damaged state file, a node that the fences leave out stays a device node" {
	tree_from acpi-online
	cgroup user.slice 0 0
	sed -i s/Movable/Normal/ "$tree"/sys/devices/system/memory/memory*/valid_zones
	put acpi.json '{ "version": 1, "classes": { "lab": { "match": { "origin": "acpi" }, "online": "kernel" } },
		"groups": { "cdm.slice": { "classes": [ "lab" ] } } }'
	cgroup cdm.slice 0-2 0-1
	put run/cdm/state.json '{ "version": 1 }'
	run -3 cdmadm --config "$tree/acpi.json" --sysroot "$tree" --json plan
	contains '"steps": []'
	contains '/run/cdm/state.json is not a state of this version: the former values are not known any more'
	put run/cdm/state.json '{ "version": 1, "known": "0-1", "settled": "", "onlined": "", "mems": {}, "created": [], "enabled": [] }'
	cgroup user.slice '' 0-1
	run -3 cdmadm --config "$tree/acpi.json" --sysroot "$tree" --json plan
	contains '"nodes": "0-1"'
}

# cgroup_root EFFECTIVE     a mounted cgroup v2 hierarchy with the cpuset controller
cgroup_root()
{
	put proc/mounts 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0'
	put sys/fs/cgroup/cgroup.controllers cpuset
	put sys/fs/cgroup/cgroup.subtree_control cpuset
	put sys/fs/cgroup/cpuset.mems.effective "$1"
}

# gpu STATUS     sets the numa_status of each GPU in $tree, which NVIDIA's driver writes
gpu()
{
	sed -i "s/^Status: .*/Status:    $1/" "$tree"/proc/driver/nvidia/gpus/*/numa_status
}

@test "plan: leaves a Grace Hopper GPU's memory to its driver, and auto_online_blocks as the driver needs it" {
	tree_from gh200
	cgroup_root 0-3
	cgroup cdm.slice 0-35 0,4,12,20,28
	run -0 cdmadm --sysroot "$tree" plan
	[ "$output" = 'nothing to do' ]
	# Blocks that the driver has added, not online yet: the driver checks that the kernel onlines them.
	for block in "$tree"/sys/devices/system/node/node4/memory*; do
		put "sys/devices/system/memory/${block##*/}/state" offline
	done
	run -0 cdmadm --sysroot "$tree" --json nodes
	[ "$(jq -r '.nodes[] | select(.node == 4) | .state' <<<"$output")" = offline ]
	run -0 cdmadm --sysroot "$tree" plan
	[ "$output" = 'nothing to do' ]
}

@test "plan: a GPU whose driver failed to bring its memory online is a problem with a remedy" {
	tree_from gh200
	cgroup_root 0-3
	cgroup cdm.slice 0-35 0,4,12,20,28
	gpu online_failed
	put sys/devices/system/memory/auto_online_blocks offline
	run -3 cdmadm --sysroot "$tree" plan
	contains 'problem: GPU 0009:01:00.0: its driver has removed its memory (numa_status: online_failed)'
	contains 'write "online_movable" to auto_online_blocks (now "offline")'
	[ "${#lines[@]}" -eq 4 ]
	tree_from power9
	cgroup_root 0,8
	gpu online_failed
	run -3 cdmadm --sysroot "$tree" plan
	contains 'problem: GPU 0035:03:00.0: its memory could not be brought online (numa_status: online_failed)'
}

@test "plan: if firmware made CXL memory ordinary memory, the problem says so and names no udev rule" {
	tree_from cxl-server
	put cxl.json '{ "version": 1, "classes": { "cxl": { "match": { "origin": "cxl" } } },
		"groups": { "cdm.slice": { "classes": [ "cxl" ] } } }'
	put sys/fs/cgroup/cgroup.controllers cpuset
	put sys/fs/cgroup/cgroup.subtree_control cpuset
	put sys/fs/cgroup/cpuset.mems.effective 0-4
	run -3 cdmadm --config "$tree/cxl.json" --sysroot "$tree" --json plan
	contains 'node 3 is online outside zone Movable (Normal)'
	contains 'firmware made it ordinary memory of the boot'
	[[ $output != *udev* ]]
}

# A file that is read twice may have changed in between, and costs time if there are many groups.
# LeakSanitizer does not work under strace.
@test "plan, audit, nodes: each kernel file is read once" {
	local calls=$BATS_TEST_TMPDIR/calls tree verb twice

	for tree in acpi-online boot-cpuless cxl-server dax gh200; do
		for verb in plan audit nodes; do
			ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat,openat2 -e signal=none -o "$calls" \
				"$CDM_BUILD/cdmadm" --sysroot "$trees/$tree" "$verb" >/dev/null 2>&1 || [[ $? -eq 1 || $? -eq 3 ]]
			grep -q '"sys/devices/system/node/node0/cpulist"' "$calls"
			twice=$(grep -v -e O_PATH -e O_DIRECTORY "$calls" | grep -oE '"(sys|proc)/[^"]*"' | sort | uniq -d)
			[ -z "$twice" ] || { echo "$verb of $tree reads more than once: $twice"; return 1; }
		done
	done
}

@test "plan: the siblings of a nested group are fenced, whatever bytes their names have" {
	local odd

	tree_from acpi-online
	cat >"$BATS_TEST_TMPDIR/cdm.json" <<-'JSON'
		{ "version": 1, "groups": { "par/grp": { "classes": ["device"] } } }
	JSON
	cgroup par 0-1 0-1
	put sys/fs/cgroup/par/cgroup.subtree_control cpuset
	for odd in $'\x01' $'e\x1b[31m' $'a\tb' $'\x7f' $'\xff' ' ' '*'; do cgroup "par/$odd" '' 0-1; done
	run -3 cdmadm --config "$BATS_TEST_TMPDIR/cdm.json" --sysroot "$tree" --json plan
	[ "$(jq -r '[.steps[] | select(.do == "fence" and (.target | startswith("par/"))).nodes] | join(" ")' <<<"$output")" = \
		'0 0 0 0 0 0 0' ]
	run -3 cdmadm --config "$BATS_TEST_TMPDIR/cdm.json" --sysroot "$tree" plan
	[[ $output != *[^[:print:][:space:]]* ]]
}
