#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=4 ram=1280 boot-cpu=1 timeout=500
# Each class comes online by its own rule, and system memory as the kernel would have brought it online. Node 1 has a
# CPU and no memory: it exists from the boot, so that memory events are the only events.

bats_require_minimum_version 1.5.0
load guest
load cdm

auto_online=/sys/devices/system/memory/auto_online_blocks

setup_file()
{
	untraced
	mkdir -p "$WORK" /etc/cdm
	echo online >$auto_online
	configure '"64K": 1, "2M": 16'
	udevadm monitor --kernel --subsystem-match=memory >"$WORK/uevents" 3>&- &
	echo $! >"$WORK/udevadm.pid"
	start_cdmd
}

teardown_file()
{
	kill "$(<"$WORK/udevadm.pid")"
	clean_up a b c d
	rm -f /etc/cdm/cdm.json
}

# configure HUGEPAGES     node 1 is of class gpu with these pools, node 2 must stay offline; all others are system nodes
configure()
{
	cat >/etc/cdm/cdm.json <<-EOT
		{ "version": 1,
		  "classes": {
		    "gpu": { "match": { "nodes": "1" }, "order": "highest", "hugepages": { $1 } },
		    "cold": { "match": { "nodes": "2" }, "online": "never" } },
		  "groups": { "cdm.slice": { "classes": ["gpu", "cold"] } } }
	EOT
}

pool()
{
	cat "/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages"
}

states()
{
	sort -u "/sys/devices/system/node/node$1"/memory[0-9]*/state
}

cdmd_logged()
{
	cdmd_log | grep -q "$1"
}

# Prints the blocks in the order in which they came online, by the kernel's uevents.
onlined()
{
	sed -nE 's/^KERNEL.* online .*\/memory([0-9]+) .*/\1/p' "$WORK/uevents"
}

two_onlined()
{
	[ "$(onlined | wc -l)" -eq 2 ]
}

@test "memory that arrives on an existing node comes online by its class, the highest block first" {
	[ -d /sys/devices/system/node/node1 ]
	says offline cat $auto_online
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
	all_fenced 0
	retry 30 two_onlined
	diff <(onlined) <(onlined | sort -rn)
}

@test "the class's pool of huge pages is made on its node only; plan names a size that the machine lacks" {
	retry 30 says 16 pool 1
	says 0 pool 0
	run -3 cdmadm plan
	[[ $output == *"this machine has no huge pages of 64K, only of: 2M"* ]]
}

@test "a pool that does not fit is reported and not retried; a new size in the configuration is tried" {
	configure '"2M": 1000'
	kill -HUP "$(cdmd_pid)"
	retry 60 eval '(($(pool 1) > 16))'
	(($(pool 1) < 128))
	retry 30 cdmd_logged 'of the 1000 huge pages of 2M'
	run -3 cdmadm plan
	[[ $output != *"hugepages "* ]]
	[[ $output == *"of the 1000 huge pages of 2M"* ]]
	configure '"2M": 16'
	kill -HUP "$(cdmd_pid)"
	retry 30 says 16 pool 1
	run -0 cdmadm plan
}

@test "a node with a pool can go offline, and comes back with the pool" {
	run -0 cdmadm offline 1
	says offline states 1
	run -0 cdmadm online 1
	retry 30 node_is_movable 1
	retry 30 says 16 pool 1
}

@test "a class with online=never stays offline; if another program onlines it, cdmd reports that only" {
	local block

	host add 2 256 b
	retry 30 test -d /sys/devices/system/node/node2
	cdmd_has_looked
	says offline states 2
	run -1 cdmadm online 2
	block=$(ls -d /sys/devices/system/node/node2/memory[0-9]* | head -1)
	echo online_movable >"$block/state"
	retry 30 cdmd_logged 'node 2 is online, though the memory of class cold stays offline'
	says online cat "$block/state"
	all_fenced 0
	run -0 cdmadm offline 2
	says offline states 2
}

@test "system memory comes online as the kernel would have done it, and every cgroup may use it" {
	host add 3 256 c
	retry 60 says Normal node_zone 3
	retry 30 all_fenced 0,3
	retry 30 says 0-1,3 effective cdm.slice
	mkdir "$CGROUP/others"
	retry 30 says 0,3 cat "$CGROUP/others/cpuset.mems"
	in_cgroup others numactl --membind=3 true
	run -0 cdmadm audit
}

@test "with a driver's class, auto_online_blocks is left alone, and memory outside zone Movable is reported" {
	stop_cdmd
	host del b
	echo online_movable >$auto_online
	cat >/etc/cdm/cdm.json <<-EOT
		{ "version": 1,
		  "classes": { "gpu": { "match": { "nodes": "1-2,4" }, "online": "driver" } },
		  "groups": { "cdm.slice": { "classes": ["gpu"] } } }
	EOT
	start_cdmd
	host add 2 256 b
	retry 60 node_is_movable 2
	retry 30 says 0-3 effective cdm.slice
	all_fenced 0,3
	says online_movable cat $auto_online
	run -0 cdmadm plan
	# The driver brings this memory online. An administrator may take it from the driver, and give it back.
	run -0 cdmadm offline 2
	says offline states 2
	run -0 cdmadm online 2
	node_is_movable 2
	echo online >$auto_online
	host add 4 256 d
	retry 60 says Normal node_zone 4
	retry 30 cdmd_logged 'node 4 is online outside zone Movable'
	all_fenced 0,3
	says online cat $auto_online
}

@test "teardown restores auto_online_blocks, and the pool of memory that was online before" {
	stop_cdmd
	run -0 cdmadm teardown
	echo 5 >/sys/devices/system/node/node4/hugepages/hugepages-2048kB/nr_hugepages
	configure '"2M": 16'
	sed -i 's/"nodes": "1" }/"nodes": "4" }, "online": "kernel"/' /etc/cdm/cdm.json
	run -0 cdmadm apply
	says 16 pool 4
	says offline cat $auto_online
	run -0 cdmadm teardown
	says 5 pool 4
	says Normal node_zone 4
	says online cat $auto_online
}
