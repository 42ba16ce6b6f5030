#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=v1 kernels=6.1 nodes=2 ram=1536 timeout=300
# vm-again: init=v1 kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=300
# A v1 cpuset, "batch", that has nodes or CPUs exclusively (cpuset.mem_exclusive, cpuset.cpu_exclusive): no sibling may
# list them. The group and the fence get what is left; if nothing is left, the message names the exclusive cpuset.
# Node 1 is a system node, node 2 a device node.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	mkdir -p "$WORK" /etc/cdm
	cat >/etc/cdm/cdm.json <<-'EOT'
		{ "version": 1,
		  "classes": { "far": { "match": { "nodes": "2" } } },
		  "groups": { "cdm.slice": { "classes": ["far"] } } }
	EOT
	host add 1 256 a
	retry 30 blocks_come_online 1
	make_cgroup batch
}

teardown_file()
{
	rmdir "$CGROUP/batch" || :
	clean_up b a
	rm -f /etc/cdm/cdm.json
}

# blocks_come_online NODE     brings its blocks online, as the kernel would have done
blocks_come_online()
{
	local block

	for block in /sys/devices/system/node/node"$1"/memory[0-9]*; do
		[[ $(<"$block/state") == online ]] || echo online >"$block/state"
	done
	says 0-1 cat "$CGROUP/cpuset.mems"
}

# batch_has MEMS     gives batch exactly these nodes, exclusively
batch_has()
{
	echo 0 >"$CGROUP/batch/cpuset.mem_exclusive"
	echo "$1" >"$CGROUP/batch/cpuset.mems"
	echo 1 >"$CGROUP/batch/cpuset.mem_exclusive"
}

# apply_and_look     a v1 list can have only online nodes: the first apply brings the node online, the second grants it
apply_and_look()
{
	cdmadm apply
	cdmadm apply
}

# nothing_of_ours     the cpusets that cdm-tools makes do not exist
nothing_of_ours()
{
	[[ ! -d $CGROUP/cdm.slice && ! -d $CGROUP/cdm-fence ]]
}

@test "the kernel refuses a list with a node of an exclusive sibling" {
	batch_has 1
	mkdir "$CGROUP/other"
	run ! bash -c "echo 0-1 >$CGROUP/other/cpuset.mems"
	echo 0 >"$CGROUP/other/cpuset.mems"
	rmdir "$CGROUP/other"
}

@test "if batch has one of two system nodes, the fence and the group get the other" {
	batch_has 1
	start_cdmd
	host add 2 256 b
	retry 60 node_is_movable 2
	retry 30 says 0,2 mems cdm.slice
	retry 30 says 0 mems cdm-fence
	says 1 mems batch
	spawn_in "" sleep infinity
	retry 30 grep -q ':cpuset:/cdm-fence$' "/proc/$spawned/cgroup"
	kill "$spawned"
	run -0 cdm-launch --nodes 2 -- grep Mems_allowed_list /proc/self/status
	[[ $output == *0,2 ]]
	run -0 cdmadm plan
}

@test "if batch has all system nodes, it is named and nothing comes online until it gives one up" {
	stop_cdmd
	host del b
	cdmadm teardown
	nothing_of_ours
	batch_has 0-1
	start_cdmd
	host add 2 256 b
	retry 30 says offline block_states 2
	run -3 cdmadm plan
	[[ $output == *'cgroup /cdm-fence cannot be given a list'*'cgroup /batch has node 0-1'* ]]
	[[ $output == *'cgroup /cdm.slice cannot be given a list'*'cgroup /batch has node 0-1'* ]]
	nothing_of_ours
	says offline block_states 2
	says 0-1 mems batch
	batch_has 1
	cdmadm apply
	says 0,2 mems cdm.slice
	says 0 mems cdm-fence
}

@test "if batch has CPUs, the others get the rest; if none are left, batch is named and nothing is made" {
	stop_cdmd
	host del b
	cdmadm teardown
	nothing_of_ours
	batch_has 1
	cpus=$(<"$CGROUP/cpuset.cpus")
	echo "${cpus#*-}" >"$CGROUP/batch/cpuset.cpus"
	echo 1 >"$CGROUP/batch/cpuset.cpu_exclusive"
	host add 2 256 b
	if [[ $cpus == 0 ]]; then
		run cdmadm apply
		echo "$output"
		[[ $status == 1 && $output == *"nothing is left for its cpuset.cpus: cgroup /batch has all of it"* ]]
		nothing_of_ours
		says offline block_states 2
	else
		apply_and_look
		says 0 cat "$CGROUP/cdm.slice/cpuset.cpus"
		says 0 cat "$CGROUP/cdm-fence/cpuset.cpus"
		says 0,2 mems cdm.slice
	fi
	echo 0 >"$CGROUP/batch/cpuset.cpu_exclusive"
	apply_and_look
	says 0,2 mems cdm.slice
	node_is_movable 2
}
