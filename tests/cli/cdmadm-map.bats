#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

setup()
{
	tree_from acpi-online
	process 80 job cdm.slice/cdm-launch-80
	mapping 80 1000 3000 r-xp bind=static:0 'mapped=2 N0=2' /usr/bin/job
	mapping 80 4000 7000 rw-p bind=static:1-2 'anon=3 dirty=3 N0=1 N1=2'
	mapping 80 8000 9000 rw-p bind=static:0 '' '[heap]'
}

@test "map: JSON has the pages per node of each mapping, and whether it may use device nodes" {
	run -0 cdmadm --sysroot "$tree" --json map 80
	json_is '{ "pid": 80, "comm": "job", "cgroup": "/cdm.slice/cdm-launch-80", "vmas": [
		{ "start": "1000", "end": "3000", "what": "text", "name": "/usr/bin/job", "policy": "bind=static:0",
		  "allowed": false, "pages": { "0": 2 } },
		{ "start": "4000", "end": "7000", "what": "anon", "name": "", "policy": "bind=static:1-2",
		  "allowed": true, "pages": { "0": 1, "1": 2 } },
		{ "start": "8000", "end": "9000", "what": "heap", "name": "", "policy": "bind=static:0",
		  "allowed": false, "pages": {} } ] }'
}

@test "map: the table omits mappings without pages unless -a is given" {
	run -0 cdmadm --sysroot "$tree" map 80
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[2]} =~ ^\ *4000\ +7000\ +anon\ +bind=static:1-2\ +yes\ +"N0=1 N1=2"\ *$ ]]
	[ "${lines[3]}" = '1 mapping without pages not shown (-a shows it)' ]
	run -0 cdmadm --sysroot "$tree" map 80 --all
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[3]} =~ heap ]]
}

@test "map: a mapping with the default policy may use device nodes in a group only" {
	process 81 inside cdm.slice/app
	mapping 81 1000 2000 rw-p default 'anon=1 N1=1'
	process 82 outside user.slice
	mapping 82 1000 2000 rw-p default 'anon=1 N0=1'
	mapping 82 3000 4000 rw-p bind=static:2 'anon=1 N0=1'
	run -0 cdmadm --sysroot "$tree" --json map 81
	[ "$(jq -c '[.vmas[].allowed]' <<<"$output")" = '[true]' ]
	run -0 cdmadm --sysroot "$tree" --json map 82
	# A policy may name a device node that is absent, here node 2.
	[ "$(jq -c '[.vmas[].allowed]' <<<"$output")" = '[false,true]' ]
}

@test "map: a pid without a process is an error" {
	run -1 --separate-stderr cdmadm --sysroot "$tree" map 83
	[ "$stderr" = 'cdmadm: map: no process 83' ]
}
