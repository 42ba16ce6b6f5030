#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=v1 kernels=6.1 nodes=2 ram=1536 timeout=200
# A v1 cpuset hierarchy: a node is asked to leave, from within a group. The process that moves its pages and takes its
# blocks offline is in the cpuset that stands for the fence. Afterwards the lists that the kernel removed the node from
# contain it again.

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

@test "offline, asked from within the group, and online: the pages move, intact; cdmd leaves it so" {
	offline_and_back 0
}

@test "drain: nobody has a page on it or gets one, and it is still online" {
	drain_and_back 0
}

@test "in a container: what it may use is told, a program is placed where it is, and what would act refuses" {
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
