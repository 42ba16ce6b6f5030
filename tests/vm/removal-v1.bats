#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=v1 kernels=6.1 nodes=2 ram=1536 timeout=200
# cdmadm offline and drain inside a group of a v1 cpuset hierarchy. The process that moves the pages and takes the
# blocks offline is in the fence's cpuset. Afterwards the lists from which the kernel removed the node contain it again.

bats_require_minimum_version 1.5.0
load guest
load cdm
load removal

setup_file()
{
	untraced
	start_with_node 256
	make_cgroup cdm.slice/shell
	retry 30 says 0-1 effective cdm.slice/shell
}

teardown_file()
{
	clean_up a
}

@test "offline from inside the group moves the pages, intact; cdmd leaves the node offline until cdmadm online" {
	offline_and_back 0
}

@test "after drain a program has no page on the node and gets none; the node stays online" {
	drain_and_back 0
}

@test "in a container cdmadm shows its nodes, cdm-launch places programs, and commands that would act refuse" {
	run -3 contained cdm.slice/shell cdmadm plan
	[[ $output == 'problem: this is a container'*'it may use nodes 0-1, device nodes among them: 1'* ]]
	run -0 contained cdm.slice/shell cdmadm --json groups
	says '["/","1"]' jq -c '.groups[] | [.group, .granted]' <<<"$output"
	run -0 contained cdm.slice/shell cdmadm --json nodes
	says '["/"]' jq -c '.nodes[1].groups' <<<"$output"
	run -0 contained cdm.slice/shell cdm-launch --allow anon,min=1M --allow malloc,min=1M python3 -S -c '
b = bytearray(8 << 20)
import sys
sys.stdout.write(open("/proc/self/cgroup").read() + open("/proc/self/numa_maps").read())'
	[[ $output == *:cpuset:/$'\n'* ]]
	[[ $output =~ prefer\ \(many\)=static:1[^$'\n']*N1=2[0-9][0-9][0-9] ]]
	run -1 --separate-stderr contained cdm.slice/shell cdmadm apply
	[[ $stderr == *'this is a container'* ]]
	run -125 --separate-stderr contained cdm-fence cdm-launch true
	[[ $stderr == *'no device node is granted to this container (it may use nodes 0)'* ]]
}
