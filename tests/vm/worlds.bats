#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain,systemd,v1 kernels=6.1 nodes=2 ram=1536 timeout=500
# vm: release=trixie init=systemd nodes=2 ram=1536 timeout=500
# vm-again: release=trixie init=plain nodes=2 ram=1536 timeout=500
# vm-again: release=sid init=plain,systemd nodes=2 ram=1536 timeout=500
# The same promises in each cgroup world: systemd's units, bare v2, a v1 cpuset hierarchy. A glob makes groups of
# cgroups at any depth: in a delegated tree, with their own lists that are older than the node, and cgroups that are
# created later.

bats_require_minimum_version 1.5.0
load guest
load cdm

cgctl=$PROGS/cgctl
POD=pods.slice/pods-a.slice/pod.service
DEEP=$POD/inner/deep
GROUPS_HERE=(cdm.slice pods.slice)

setup_file()
{
	untraced
	mkdir -p "$WORK" /etc/cdm
	cat >/etc/cdm/cdm.json <<-'JSON'
		{ "version": 1,
		  "groups": { "cdm.slice": { "classes": ["device"] }, "pods.slice/**": { "classes": ["device"] } } }
	JSON
	make_pod
	make_deep 0 "$DEEP"
	start_in "$DEEP"
	foreign lab.slice bystander sleep infinity
	lists >"$WORK/before"
}

teardown_file()
{
	for pid in "$WORK"/pid.*; do kill "${pid##*.}" || :; done
	clean_up a
	rm -f /etc/cdm/cdm.json
}

# A tenant's tree: under systemd below a unit with Delegate=, whose process makes room for cgroups beside it.
make_pod()
{
	local pid

	if [[ $VM_INIT != systemd ]]; then
		make_cgroup "${POD%%/*}" "${POD%/*}" "$POD"
		return
	fi
	systemd-run --quiet --collect --slice=pods-a.slice --unit=pod -p Delegate=yes sleep infinity
	pid=$(systemctl show -P MainPID pod.service)
	mkdir "$CGROUP/$POD/main"
	echo "$pid" >"$CGROUP/$POD/main/cgroup.procs"
}

# make_deep MEMS PATH     creates a cgroup with all missing parents; if MEMS is empty, it gets no list
make_deep()
{
	local path=$2 above

	if [[ $VM_INIT == v1 ]]; then
		for ((above = 1; above <= $(tr -cd / <<<"$path" | wc -c) + 1; above++)); do
			make_cgroup "$(cut -d/ -f"1-$above" <<<"$path")"
		done
	else
		$cgctl make "$path"
	fi
	[[ -z $1 ]] || echo "$1" >"$CGROUP/$path/cpuset.mems"
}

start_in()
{
	spawn_in "$1" sleep infinity
	: >"$WORK/pid.$spawned"
	echo "$spawned" >"$WORK/spawned.${1//\//-}"
}

# The nodes that a process may have pages on, as the kernel reports.
allowed()
{
	awk '/^Mems_allowed_list:/ { print $2 }' "/proc/$(<"$WORK/spawned.${1//\//-}")/status"
}

# Prints every list, and on v1 whether pages follow it. An empty list, which a populated cgroup cannot get back
# (ENOSPC), and a list of all possible nodes mean the same.
lists()
{
	(cd "$CGROUP" && find . -name cpuset.mems -exec grep -H '' {} + -o -name cpuset.memory_migrate -exec grep -H '' {} + |
		grep -v '^./cpuset' | sed "s/:$/:$(</sys/devices/system/node/possible)/" | sort)
}

# v1: only kernel threads are left in cgroups without a list.
root_holds_kernel_threads_only()
{
	local pid

	[[ $VM_INIT == v1 ]] || return 0
	while read -r pid; do
		! readlink "/proc/$pid/exe" || return 1
	done <"$CGROUP/cgroup.procs"
}

# granted_everywhere NODES     every group at every depth has these nodes, and so has the process in the deepest
granted_everywhere()
{
	says "$1" effective cdm.slice && says "$1" effective pods.slice && says "$1" effective "$DEEP" &&
		says "$1" allowed "$DEEP"
}

# times_named CGROUP     prints how many times cdmd has reported that another program writes its list
times_named()
{
	cdmd_log | grep -c "event=problem .*cgroup /$1: another program"
}

fenced_everywhere()
{
	all_fenced 0 "${GROUPS_HERE[@]}" && root_holds_kernel_threads_only && says 0 foreign_pages 1-2 "${GROUPS_HERE[@]}"
}

@test "before any device node, all other cgroups are fenced; on v1 the root's processes are behind a fence" {
	start_cdmd
	retry 30 fenced_everywhere
	granted_everywhere 0
}

@test "when a node arrives, groups at every depth get it, and other cgroups do not" {
	start_sampler "${GROUPS_HERE[@]}"
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 granted_everywhere 0-1
	sampled_again 2
	fenced_everywhere
	in_cgroup "$DEEP" numactl --membind=1 true
	run ! in_cgroup lab.slice numactl --membind=1 true
}

@test "nested cgroups that are made later in one go are granted, with their own lists and without" {
	make_deep 0 "$POD/late/a/b/own"
	start_in "$POD/late/a/b/own"
	retry 30 says 0-1 allowed "$POD/late/a/b/own"
	make_deep "" "$POD/late/a/b/none"
	retry 30 says 0-1 effective "$POD/late/a/b/none"
	retry 30 grep -q '0-[12]' "$CGROUP/$POD/late/a/b/none/cpuset.mems"
	[ "$VM_INIT" = v1 ] && return
	# the controller is turned off and on, which loses every list
	echo -cpuset >"$CGROUP/$POD/late/a/b/cgroup.subtree_control"
	echo +cpuset >"$CGROUP/$POD/late/a/b/cgroup.subtree_control"
	retry 30 says 0-2 mems "$POD/late/a/b/none"
	retry 30 says 0-2 mems "$POD/late/a/b/own"
}

@test "cdmd restores an opened fence and a narrowed group; on v1 it moves a new process of the root" {
	echo 0-1 >"$CGROUP/lab.slice/cpuset.mems"
	retry 30 says 0 effective lab.slice
	echo 0 >"$CGROUP/$DEEP/cpuset.mems"
	retry 30 says 0-1 effective "$DEEP"
	if [[ $VM_INIT == v1 ]]; then
		spawn_in "" sleep infinity
		: >"$WORK/pid.$spawned"
		# cdmd may move the process before it has executed sleep
		retry 30 grep -q '^sleep$' "/proc/$spawned/comm"
		retry 30 grep -q ":cpuset:/cdm-fence$" "/proc/$spawned/cgroup"
	fi
	fenced_everywhere
}

@test "if another program keeps writing a list, cdmd reports the cgroup and both lists, once" {
	for _ in 1 2 3 4; do
		echo 0-1 >"$CGROUP/lab.slice/cpuset.mems"
		retry 30 says 0 mems lab.slice
	done
	retry 30 says 1 times_named lab.slice
	cdmd_log | grep 'event=problem .*cgroup /lab.slice: another program .* writes 0-1 .* sets it to 0 each time'
}

@test "fences and grants hold for a new slice, a restarted slice, and after a daemon-reload" {
	foreign machine.slice newcomer sleep infinity
	retry 30 says 0 effective machine.slice
	if [[ $VM_INIT == systemd ]]; then
		systemctl restart lab.slice
		retry 30 says 0 effective lab.slice
		systemctl daemon-reload
		systemctl daemon-reexec
		foreign lab.slice bystander2 sleep infinity
	else
		end_foreign bystander
		retry 30 rmdir "$CGROUP/lab.slice"
		foreign lab.slice bystander sleep infinity
	fi
	retry 30 says 0 effective lab.slice
	retry 30 fenced_everywhere
	retry 30 granted_everywhere 0-1
}

@test "a cgroup with control characters in its name is fenced, and cdmadm does not print them" {
	odd=$'odd\e[31m\a\x7f'
	stop_cdmd
	make_cgroup "$odd"
	run -3 cdmadm plan
	[[ $output != *$'\e'* && $output == *odd* ]]
	start_cdmd
	retry 30 says 0 cat "$CGROUP/$odd/cpuset.mems"
	says 0 effective "$odd"
	fenced_everywhere
	rmdir "$CGROUP/$odd"
}

@test "a node that goes and returns is granted again, also where the kernel removed it from the list" {
	host del a
	retry 30 says 0 cat /sys/devices/system/node/has_memory
	retry 30 granted_everywhere 0
	[ "$VM_INIT" != v1 ] || says 0 mems "$DEEP"
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 30 granted_everywhere 0-1
	retry 30 says 0-1 allowed "$POD/late/a/b/own"
	sampled_again 2
	fenced_everywhere
	# a cpuset that is new, or that another program opened, may have the node; but no process may have a page there
	end_foreign sampler
	grep -m5 ^foreign: "$WORK/sampler.out" || :
	tail -1 "$WORK/sampler.out" | grep -qE '^samples [0-9]+ pages 0 '
}

@test "no step is left, and none failed or was skipped" {
	run -0 cdmadm plan
	run ! grep -E 'result=(failed|skipped)' <(cdmd_log)
}

@test "teardown restores every list" {
	end_foreign
	for pid in "$WORK"/pid.*; do kill "${pid##*.}" || :; done
	stop_cdmd
	cdmadm teardown
	rm -rf /run/cdm
	lists >"$WORK/after"
	# cgroups that were removed or added meanwhile are not compared
	join -t: <(sort "$WORK/before") <(sort "$WORK/after") | awk -F: '$2 != $3 { print; bad = 1 } END { exit bad }'
	[ ! -e "$CGROUP/cdm-fence" ]
}
