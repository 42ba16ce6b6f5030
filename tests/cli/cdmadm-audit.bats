#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# audit reports a process whose numa_maps is malformed if it reads the file: so the tests show what audit does not read.

load common

audit()
{
	cdmadm --sysroot "$tree" audit "$@"
}

setup()
{
	tree_from acpi-online
	used_on_node1 400
	cgroup user.slice 0-1 0-1
	cgroup system.slice 0 0
	numa_stat user.slice 409600
	numa_stat cdm.slice 409600
}

# poison PID CGROUP     makes a process with a malformed numa_maps
poison()
{
	process "$1" poison "$2"
	put "proc/$1/numa_maps" 'this is no numa_maps'
}

is_clean()
{
	run -0 audit --json
	json_is '{ "leaks": [], "pages": 0 }'
}

is_read()
{
	run -3 audit
	[[ $output =~ "not looked at: process $1 ("[a-z]+"): /proc/$1/numa_maps: " ]]
}

@test "audit: every device page of a process outside the groups is a leak" {
	process 50 'some prog' user.slice/app
	mapping 50 1000 3000 r-xp default 'mapped=2 N0=1 N1=1' /usr/bin/x
	mapping 50 4000 5000 rw-p default 'anon=1 dirty=1 N0=1'
	mapping 50 5000 9000 rw-p default 'anon=3 dirty=3 N1=3' '[heap]'
	process 51 fenced system.slice
	mapping 51 1000 3000 r-xp default 'mapped=2 N0=2' /usr/bin/y
	run -3 audit --json
	json_is '{ "leaks": [
		{ "pid": 50, "comm": "some prog", "cgroup": "/user.slice/app", "vma": "1000-3000", "what": "text",
		  "name": "/usr/bin/x", "node": 1, "pages": 1 },
		{ "pid": 50, "comm": "some prog", "cgroup": "/user.slice/app", "vma": "5000-9000", "what": "heap",
		  "name": "", "node": 1, "pages": 3 } ], "pages": 4 }'
	run -3 audit
	contains '4 pages on device nodes that do not belong there'
}

@test "audit: an unreadable process is named, and the leaks of the others are still shown" {
	poison 49 user.slice/app
	process 50 leaks user.slice/app
	mapping 50 5000 9000 rw-p default 'anon=3 dirty=3 N1=3' '[heap]'
	run -3 audit
	contains '3 pages on device nodes that do not belong there'
	contains 'not looked at: process 49 (poison): /proc/49/numa_maps: Invalid argument'
	run -3 audit --json
	[ "$(jq -c '[.leaks[].pid], .unread' <<<"$output" | tr -d '\n')" = \
		'[50][{"pid":49,"comm":"poison","why":"/proc/49/numa_maps: Invalid argument"}]' ]

	rm -r "$tree/proc/50"
	run -3 audit
	contains 'no leak in what could be looked at'
}

@test "audit: on a captured machine, the leaks add up to the N1= counts of numa_maps" {
	run -3 on acpi-online --json audit
	[ "$(jq -c '[.leaks[].pid] | unique' <<<"$output")" = '[394]' ]
	# The sum of N1= in its numa_maps, without cdmadm.
	sum=$(grep -o 'N1=[0-9]*' "$trees/acpi-online/proc/394/numa_maps" | awk -F= '{ n += $2 } END { print n }')
	[ "$(jq .pages <<<"$output")" -eq "$sum" ]
	[ "$(jq '[.leaks[].pages] | add' <<<"$output")" -eq "$sum" ]
}

@test "audit: device pages of a process in a group are no leaks" {
	process 60 job cdm.slice/job
	mapping 60 1000 3000 rw-p default 'anon=2 N1=2'
	is_clean
}

@test "audit: device pages of a launched program are leaks in mappings that are bound to system nodes" {
	process 61 job cdm.slice/cdm-launch-61.scope
	mapping 61 1000 2000 r-xp bind=static:0 'mapped=1 N1=1' /usr/bin/job
	mapping 61 3000 5000 rw-p 'prefer (many)=static:1' 'anon=2 N1=2'
	mapping 61 6000 7000 rw-p bind=static:0 'anon=1 N0=1'
	mapping 61 8000 9000 rw-p bind=static:0 'anon=1 N1=1' '[stack]'
	run -3 audit --json
	json_is '{ "leaks": [
		{ "pid": 61, "comm": "job", "cgroup": "/cdm.slice/cdm-launch-61.scope", "vma": "1000-2000", "what": "text",
		  "name": "/usr/bin/job", "node": 1, "pages": 1 },
		{ "pid": 61, "comm": "job", "cgroup": "/cdm.slice/cdm-launch-61.scope", "vma": "8000-9000", "what": "stack",
		  "name": "", "node": 1, "pages": 1 } ], "pages": 2 }'
}

# with_a_policy_of_its_own POLICY     makes a launched program that has since changed its task policy to POLICY
with_a_policy_of_its_own()
{
	tree_from acpi-online
	process 64 job cdm.slice/cdm-launch-64
	mapping 64 1000 2000 r-xp "$1" 'mapped=1 N1=1' /usr/bin/job
	mapping 64 3000 5000 rw-p 'prefer (many)=static:1' 'anon=2 N1=2'
	mapping 64 6000 7000 rw-p "$1" 'anon=1 N1=1' '[heap]'
	mapping 64 8000 9000 rw-p "$1" 'anon=1 N1=1' '[stack]'
	mapping 64 9000 a000 r-xp "$1" '' '[vdso]'
}

@test "audit, map: the task policy that a launched program sets itself allows no mapping device memory" {
	for policy in interleave:0-1 interleave=static:0-1 bind:1 bind=static:1 'prefer (many):1' prefer=static:1 default; do
		with_a_policy_of_its_own "$policy"
		run -3 audit --json
		[ "$(jq -c '[.leaks[].what]' <<<"$output")" = '["text","heap","stack"]' ] || { echo "$policy"; return 1; }
		run -0 cdmadm --sysroot "$tree" --json map 64
		[ "$(jq -c '[.vmas[].allowed]' <<<"$output")" = '[false,true,false,false,false]' ] || { echo "$policy"; return 1; }
	done
}

@test "audit: pages on a node of a class that is not granted to the process's group are leaks" {
	cat >"$BATS_TEST_TMPDIR/cdm.json" <<-'JSON'
		{ "version": 1, "classes": { "a": { "match": { "nodes": "1" } }, "b": { "match": { "nodes": "2" } } },
		  "groups": { "cdm.slice": { "classes": [ "a" ] }, "user.slice": { "classes": [ "b" ] } } }
	JSON
	process 62 mine cdm.slice
	mapping 62 1000 2000 rw-p default 'anon=1 N1=1'
	process 63 wrong user.slice
	mapping 63 1000 2000 rw-p default 'anon=1 N1=1'
	run -3 cdmadm --config "$BATS_TEST_TMPDIR/cdm.json" --sysroot "$tree" --json audit
	[ "$(jq -c '[.leaks[].pid]' <<<"$output")" = '[63]' ]
}

@test "audit: reads no process if no device node is online" {
	tree_from acpi
	poison 70 user.slice
	is_clean
}

@test "audit: reads no process if no page of the device node is used" {
	poison 70 user.slice
	used_on_node1 0
	is_clean
	used_on_node1 4
	is_read 70
}

@test "audit: reads no process of a cgroup whose memory.numa_stat counts no device pages" {
	poison 71 user.slice/a/b
	numa_stat user.slice 0
	is_clean
	numa_stat user.slice 4096
	is_read 71
	numa_stat user.slice/a 0
	is_clean
}

@test "audit: reads numa_maps where memory.numa_stat is missing" {
	rm "$tree/sys/fs/cgroup/user.slice/memory.numa_stat"
	poison 72 user.slice
	is_read 72
}

@test "audit: finds hugetlb pages, which memory.numa_stat does not count" {
	used_on_node1 0
	numa_stat user.slice 0
	process 73 huge user.slice
	printf '%s\n' '200000 default file=/anon_hugepage\\040(deleted) huge anon=1 dirty=1 N1=1 kernelpagesize_kB=2048' \
		>"$tree/proc/73/numa_maps"
	printf '%s\n' '200000-400000 rw-p 00000000 00:0f 7    /anon_hugepage (deleted)' >"$tree/proc/73/maps"
	put sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages 4
	put sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages 4
	is_clean
	put sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages 3
	run -3 audit --json
	[ "$(jq -c '.leaks[0] | [.pid, .what, .node]' <<<"$output")" = '[73,"huge",1]' ]
}

@test "audit: a process in the root cgroup can leak; kernel threads are not listed" {
	process 2 kthreadd ''
	process 74 'in the root' ''
	mapping 74 1000 2000 rw-p default 'anon=1 N1=1'
	run -3 audit --json
	[ "$(jq -c '[.leaks[] | [.pid, .cgroup]]' <<<"$output")" = '[[74,"/"]]' ]
}

@test "audit: a process that has ended is no error, an unreadable one is" {
	mkdir -p "$tree/proc/75"
	is_clean
	process 75 secret user.slice
	rm "$tree/proc/75/numa_maps"
	is_read 75
}

@test "audit: control characters in names are escaped in the table and exact in JSON" {
	process 76 $'e\x1b[31mvil\x01' user.slice
	mapping 76 1000 2000 rw-p default 'anon=1 N1=1' $'/tmp/\x1b]0;x\x07\xff'
	run -3 audit
	[[ $output != *[^[:print:][:space:]]* ]]
	contains 'e\x1b[31mvil\x01'
	contains '/tmp/\x1b]0;x\x07\xff'
	run -3 audit --json
	[ "$(jq -r '.leaks[0].comm' <<<"$output")" = $'e\x1b[31mvil\x01' ]
}
