#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: init=plain kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=900
# cdmadm offline and drain while programs have memory on the node (revoke, drain, offline), and online again.

bats_require_minimum_version 1.5.0
load guest
load cdm
load removal

setup_file()
{
	untraced
	start_with_node 256
	mkdir "$CGROUP/cdm.slice/shell"
}

teardown_file()
{
	clean_up a
}

# pin_node     starts a process of the group with pages on node 1 that cannot be moved: $spawned
pin_node()
{
	spawn_in cdm.slice/shell "$PROGS/pin" 1 >"$WORK/pin.out"
	retry 30 grep -q ready "$WORK/pin.out"
	[ "$(pages_on 1 "$spawned")" -ge 16 ]
}

unpin_node()
{
	kill "$spawned"
	retry 30 process_is_gone "$spawned"
}

@test "offline from inside the group moves the pages, intact; cdmd leaves the node offline until cdmadm online" {
	offline_and_back 0,2
	says 0-2 mems cdm.slice
}

@test "after drain a program has no page on the node and gets none; the node stays online" {
	drain_and_back 0,2
	says 0-2 mems cdm.slice
}

@test "offline and drain name a process whose pages cannot move; the node stays revoked until cdmadm online" {
	pin_node
	run -3 cdmadm offline 1 --timeout 12
	echo "$output"
	[[ $output == *"pid $spawned (pin) 64K"* ]]
	(($(pages_on 1 "$spawned") >= 16))
	says 0,2 cat "$CGROUP/cdm.slice/cpuset.mems"
	run -3 cdmadm drain 1 --timeout 2
	[[ $output == *"pid $spawned (pin) 64K"* ]]
	run -0 cdmadm online 1
	says online block_states 1
	says 0-2 cat "$CGROUP/cdm.slice/cpuset.mems"
	unpin_node
}

# start_mapper DEPTH MAPPINGS     starts a process outside the groups, $spawned, whose heap is on node 1. It maps a file
# MAPPINGS times, below DEPTH directories with names of 250 blanks, each of which numa_maps shows as 1,000 bytes.
start_mapper()
{
	spawn_in user.slice numactl --membind=1 python3 -S -c '
import mmap, os, resource, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
for _ in range(int(sys.argv[1])):
    os.makedirs(" " * 250, exist_ok=True)
    os.chdir(" " * 250)
f = os.open("f", os.O_RDWR | os.O_CREAT)
os.ftruncate(f, 4096)
kept = [mmap.mmap(f, 4096) for _ in range(int(sys.argv[2]))]
print("ready", flush=True)
time.sleep(1e6)' "$1" "$2" >"$WORK/mapper-$1.out"
	retry 60 grep -q ready "$WORK/mapper-$1.out"
}

# leaks_of PID     prints the leaked pages of a process, as the audit in $output counts them
leaks_of()
{
	jq "[.leaks[] | select(.pid == $1).pages] | add // 0" <<<"$output"
}

limited_audit()
{
	(ulimit -v 16384 && cdmadm "$@" audit)
}

@test "huge numa_maps and overlong lines hide no other process from audit and drain, and cost no memory" {
	local many deep pinned peak

	stop_cdmd
	make_cgroup user.slice
	echo 0-1 >"$CGROUP/user.slice/cpuset.mems"
	mkdir "$WORK/deep" && cd "$WORK/deep"
	start_mapper 15 1200 && many=$spawned
	start_mapper 80 1 && deep=$spawned
	spawn_in user.slice "$PROGS/pin" 1 >"$WORK/pin.out" && pinned=$spawned
	retry 30 grep -q ready "$WORK/pin.out"
	(($(wc -c <"/proc/$many/numa_maps") > 16384 << 10))
	(($(pages_on 1 "$many") > 200 && $(pages_on 1 "$deep") > 200))

	run -3 limited_audit --json
	[ "$(leaks_of "$pinned")" -eq "$(pages_on 1 "$pinned")" ]
	(($(leaks_of "$many") > 200 && $(leaks_of "$deep") > 200))
	[ "$(jq -c '[.unread[].pid]' <<<"$output")" = "[$deep]" ]
	run -3 limited_audit
	[[ $output == *"not looked at: process $deep (python3): /proc/$deep/numa_maps: a line is longer than 64K"* ]]
	peak=$(python3 -S -c '
import resource, subprocess
subprocess.run(["cdmadm", "audit"], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
	echo "peak: $peak kB"
	((peak < 16384))
	run -0 eval "cdmadm --json map $many | jq '.vmas | length'"
	((output > 1200))

	run -3 cdmadm drain 1 --timeout 2
	echo "$output"
	[[ $output == *"pid $pinned (pin) 64K"*"pid $deep (python3) was not looked at (/proc/$deep/numa_maps: a line is longer than"* ]]
	says 0 pages_on 1 "$many"
	says 0 pages_on 1 "$deep"
	kill "$many" "$deep" "$pinned"
	for gone in "$many" "$deep" "$pinned"; do retry 30 process_is_gone "$gone"; done
	cd / && rm -rf "$WORK/deep"
	run -0 cdmadm online 1
	start_cdmd
	retry 30 all_fenced 0
}

@test "if cdmadm is killed during an offline that cannot end, cdmd completes it when it can" {
	pin_node
	cdmadm offline 1 3>&- &
	asked=$!
	retry 30 jq -e .offlining /run/cdm/state.json
	kill -KILL "$asked"
	retry 30 process_is_gone "$asked"
	unpin_node
	cdmd_has_looked
	retry 30 says offline block_states 1
	says 0 cat /sys/devices/system/node/has_memory
}

@test "a DIMM that is removed and added after that is a new node: it comes online and is granted" {
	: >"$WORK/cdmd.log"
	host del a
	retry 30 says 0-2 cat "$CGROUP/cdm.slice/cpuset.mems"
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
	run -0 cdmadm plan
	# If the DIMM is removed while it is online, no step fails or is skipped.
	host del a
	retry 30 says 0 effective cdm.slice
	cdmd_has_looked
	run -1 grep -E 'result=(failed|skipped)|event=reconcile-failed' "$WORK/cdmd.log"
	run -0 cdmadm plan
}

@test "offline and online take a list, a class or all; a system node in it, or an unknown class, is refused" {
	host add 1 256 a
	host add 2 256 b
	retry 60 node_is_movable 1
	retry 60 node_is_movable 2
	run -1 cdmadm offline 0-1
	[[ $output == *"node 0"* ]]
	run -2 cdmadm offline gpu
	says online block_states 1
	says 0-2 mems cdm.slice
	for nodes in 1-2 device all; do
		run -0 cdmadm offline "$nodes"
		says offline block_states 1
		says offline block_states 2
		says 0 cat /sys/devices/system/node/has_memory
		run -0 cdmadm online "$nodes"
		node_is_movable 1
		node_is_movable 2
		retry 30 says 0-2 effective cdm.slice
	done
	host del b
}
