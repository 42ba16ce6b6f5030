#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=200
# vm-again: init=plain kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=900
# Nodes that existed before cdmd started: one online and in use by other processes, one offline.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	local state

	mkdir -p "$WORK"
	echo offline >/sys/devices/system/memory/auto_online_blocks
	footprint >"$WORK/before"
	# without bats' descriptors, because bats waits for every process that has them
	/lib/systemd/systemd-udevd --daemon >/dev/null 2>&1 3>&-
	host add 1 256 a
	host add 2 256 b
	retry 30 test -e /sys/devices/system/node/node2
	udevadm settle
	as_before "$WORK/before" >"$WORK/installed" || :
	sort -u /sys/devices/system/node/node[12]/memory*/state >"$WORK/states"
	for state in /sys/devices/system/node/node1/memory*/state; do
		echo online_movable >"$state"
	done
}

teardown_file()
{
	clean_up a b
	udevadm control --exit
}

@test "before setup, the installed udev rules do nothing when memory arrives" {
	[ -s "$WORK/installed" ] && cat "$WORK/installed" && return 1
	says offline cat "$WORK/states"
}

@test "the fence moves other processes' pages off the online node; the offline node comes online behind it" {
	mkdir "$CGROUP/others"
	# shellcheck disable=SC2016
	foreign others hog numactl --membind=1 bash -c 'printf -v held "%16777216s" ""; exec {for_ever}<> <(:); read -r -u "$for_ever"'
	retry 60 eval '(($(foreign_pages 1) > 4000))'
	start_cdmd
	retry 60 node_is_movable 2
	retry 30 all_fenced 0
	retry 30 says 0 foreign_pages 1-2
	retry 30 says 0-2 effective cdm.slice
	run -0 cdmadm audit
}

@test "cdmd leaves a block offline that another program took offline" {
	block=$(ls -d /sys/devices/system/node/node2/memory[0-9]* | head -1)
	echo offline >"$block/state"
	mkdir "$CGROUP/edge"
	retry 30 says 0 cat "$CGROUP/edge/cpuset.mems"
	says offline cat "$block/state"
	run -0 cdmadm plan
	rmdir "$CGROUP/edge"
}

@test "teardown restores everything" {
	stop_cdmd
	run -0 cdmadm teardown
	# node 1 was online before cdmd started, node 2 was not
	says 0-1 cat /sys/devices/system/node/has_memory
	run ! grep -q cpuset "$CGROUP/cgroup.subtree_control"
	[ ! -e "$CGROUP/cdm.slice" ]
	end_foreign
	retry 30 rmdir "$CGROUP/others"
	as_before "$WORK/before"
	run -0 cdmadm teardown
	as_before "$WORK/before"
}

@test "teardown refuses while cdmd runs; apply makes files that all users can read, whatever the umask" {
	start_cdmd
	retry 30 all_fenced 0
	run -1 cdmadm teardown
	[[ $output == *"cdmd is running"* ]]
	all_fenced 0
	stop_cdmd
	(umask 077 && run -0 cdmadm apply)
	says 755 stat -c %a /run/cdm
	says 644 stat -c %a /run/cdm/state.json
	says 755 stat -c %a "$CGROUP/cdm.slice"
	run -0 cdmadm teardown
}
