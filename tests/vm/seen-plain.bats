#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1280 boot-cpu=1 timeout=600
# vm-again: init=plain kernels=6.1 nodes=2 ram=1280 boot-cpu=1 timeout=600
# CPUs that go offline, and containers. Node 1 has a CPU, which may be offline; node 2 is a device node. In a container
# (a cgroup namespace with a read-only view) a program stays in its cgroup, and uses the nodes that are granted there.

bats_require_minimum_version 1.5.0
load guest
load cdm

cpu=/sys/devices/system/cpu/cpu1

setup_file()
{
	untraced
	mkdir -p "$WORK"
	echo offline >/sys/devices/system/memory/auto_online_blocks
	start_cdmd
	host add 1 256 a
	host add 2 256 b
	retry 60 node_is_movable 2
	for block in /sys/devices/system/node/node1/memory[0-9]*; do
		[[ $(<"$block/state") == online ]] || echo online_movable >"$block/state"
	done
	retry 30 all_fenced 0-1
}

teardown_file()
{
	echo 1 >$cpu/online || :
	clean_up a b
}

@test "a node whose CPUs are all offline stays a system node: no list changes, no page moves" {
	foreign user.slice there numactl --membind=1 python3 -S -c '
import time
kept = bytearray(32 << 20)
time.sleep(1e6)'
	retry 60 eval '(($(node_used_kb 1 AnonPages) > 30000))'
	echo 0 >$cpu/online
	retry 30 says 0 cat /sys/devices/system/node/has_cpu
	says '' cat /sys/devices/system/node/node1/cpulist
	cdmd_has_looked
	all_fenced 0-1
	(($(node_used_kb 1 AnonPages) > 30000))
	run -0 cdmadm plan
	run -0 cdmadm groups
	echo 1 >$cpu/online
	retry 30 says 0-1 cat /sys/devices/system/node/has_cpu
	cdmd_has_looked
	all_fenced 0-1
	end_foreign there
}

# has_woken_since SWITCHES
has_woken_since()
{
	(($(switches "$(cdmd_pid)") > $1))
}

@test "a CPU that goes offline wakes cdmd" {
	local before

	says 1 cat $cpu/online

	cdmd_has_looked
	before=$(switches "$(cdmd_pid)")
	echo 0 >$cpu/online
	retry 30 has_woken_since "$before"
	echo 1 >$cpu/online
}

@test "in a container that is granted the node, root and other users use it, and stay in their cgroup" {
	make_cgroup cdm.slice/pod
	echo 0-2 >"$CGROUP/cdm.slice/pod/cpuset.mems" || :
	# shellcheck disable=SC2016 # it is the container's shell
	for as in '' 'setpriv --reuid 2001 --regid 2001 --clear-groups'; do
		# shellcheck disable=SC2086 # words
		run -0 contained cdm.slice/pod $as cdm-launch --allow anon,min=1M --allow malloc,min=1M \
			sh -c 'cat /proc/self/cgroup; python3 -S -c "
b = bytearray(8 << 20)
import sys
sys.stdout.write(open(\"/proc/self/numa_maps\").read())"'
		echo "$output"
		[[ $output == *0::/$'\n'* ]]
		[[ $output =~ prefer\ \(many\)=static:[0-9,-]*2[^$'\n']*N2=2[0-9][0-9][0-9] ]]
	done
}

@test "in a container plan and groups say so; commands that would act refuse in one line" {
	run -3 contained cdm.slice/pod cdmadm plan
	[[ $output == 'problem: this is a container'*'it may use nodes 0-2, device nodes among them: 2'* ]]
	run -0 contained cdm.slice/pod cdmadm --json groups
	says '["/","2"]' jq -c '.groups[] | [.group, .granted]' <<<"$output"
	run -0 contained cdm.slice/pod cdmadm --json nodes
	says '["/"]' jq -c '.nodes[2].groups' <<<"$output"
	run -0 contained user.slice cdmadm --json nodes
	says '[]' jq -c '.nodes[2].groups' <<<"$output"
	for command in cdmd 'cdmadm apply' 'cdmadm setup' 'cdmadm offline 2'; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr contained cdm.slice/pod $command
		echo "$command: $stderr"
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == *'this is a container'* ]]
	done
}

@test "in a container without a device node cdm-launch starts nothing, and says why in one line" {
	run -125 --separate-stderr contained user.slice cdm-launch true
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *'no device node is granted to this container (it may use nodes 0-1)'* ]]
	run -125 --separate-stderr contained user.slice cdm-launch --group cdm.slice true
	[[ $stderr == *'--group cdm.slice: this is a container'* ]]
}
