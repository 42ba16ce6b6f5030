#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=v1 kernels=6.1 nodes=2 ram=1536 timeout=200
# A v1 cpuset hierarchy mounted with noprefix, as by `mount -t cpuset`: its files are called mems and cpus. Only what
# differs from other hierarchies is tested.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	remount noprefix
	mkdir -p "$CGROUP/lab" "$WORK"
	cat "$CGROUP/cpus" >"$CGROUP/lab/cpus"
	cat "$CGROUP/mems" >"$CGROUP/lab/mems"
}

teardown_file()
{
	clean_up a
	rmdir "$CGROUP/lab"
	remount
}

# remount [OPTION]     mounts it anew: an unused hierarchy ends with its mount (cgroup_kill_sb())
remount()
{
	umount "$CGROUP"
	retry 30 mount -t cgroup -o "cpuset${1:+,$1}" cpuset "$CGROUP"
	[[ -e $CGROUP/${1:+mems} && -e $CGROUP/cgroup.procs ]]
}

@test "a node that arrives is granted to the group only" {
	start_cdmd
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 cat "$CGROUP/cdm.slice/effective_mems"
	says 0 cat "$CGROUP/lab/mems"
	retry 30 says 0 cat "$CGROUP/cdm-fence/mems"
}

@test "cdmd restores a fence that another program opened" {
	echo 0-1 >"$CGROUP/lab/mems"
	retry 30 says 0 cat "$CGROUP/lab/mems"
	says 1 cat "$CGROUP/lab/memory_migrate"
}

@test "a launched program may use the node" {
	run -0 cdm-launch --nodes 1 -- grep Mems_allowed_list /proc/self/status
	[[ $output == *0-1 ]]
}

@test "no step is left, and no line of the log is repeated in succession" {
	run -0 cdmadm plan
	[ "$(cdmd_log | wc -l)" -eq "$(cdmd_log | uniq | wc -l)" ]
}
