#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain,v1 kernels=6.1 nodes=2 ram=1536 timeout=100
# vm: init=systemd kernels=6.12 nodes=2 ram=1536 timeout=100
# Unprivileged users enter a group through cdmd's socket, in each cgroup world. A user whom the group's enter list names
# (by name, number or supplementary group) is placed in it like root. Other users are not moved.

bats_require_minimum_version 1.5.0
load guest
load cdm
load socket

# What the test of hidepid= changes must not reach the next file.
teardown()
{
	mount -o remount,hidepid=0,gid=0 /proc
	[ -e /run/systemd/system/cdmd.service.d ] || return 0
	rm -r /run/systemd/system/cdmd.service.d
	systemctl daemon-reload
}

# own_place GROUP     prints where a launched program is: in its leaf, under systemd a scope; on v1 in the group itself
own_place()
{
	case $VM_INIT in
	systemd) echo "/$1/cdm-launch-$holder.scope" ;;
	plain) echo "/$1/cdm-launch-$holder" ;;
	v1) echo "/$1" ;;
	esac
}

# enters WHO     the holder that user WHO launches is in its place, and only its allowed blocks are on node 1
enters()
{
	become "$1"
	start_holder "${as[@]}" cdm-launch --allow anon,min=1M --allow malloc,min=1M
	says "$(own_place cdm.slice)" where "$holder"
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	says "${1%:*}" awk '$1 == "Uid:" { print $2 }' "/proc/$holder/status"
	[ "$VM_INIT" != systemd ] || says cdm.slice systemctl show -P Slice "cdm-launch-$holder.scope"
	end_holder
}

@test "a user listed by name enters, and the allowed pages are on the node" {
	enters 2001
}

@test "a user listed by number enters" {
	enters 2003
}

@test "a member of a listed supplementary group enters" {
	enters 2002:2100
}

@test "a user enters a group that is not a systemd unit" {
	# On v1, a group is left without CPUs by a program that is killed while it makes the group.
	[ "$VM_INIT" != v1 ] || echo >"$CGROUP/lab/cpuset.cpus"
	become 2001
	run -0 "${as[@]}" cdm-launch --group lab cat /proc/self/cgroup
	[[ $output == *:/lab* ]]
}

@test "a user who is not listed is refused, and nothing is started or moved" {
	become 2002
	run -125 --separate-stderr "${as[@]}" cdm-launch sh -c ": >$WORK/started"
	echo "$stderr"
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *'user 2002 may not enter group cdm.slice'*enter* ]]
	[ ! -e "$WORK/started" ]
	says "" find "$CGROUP/cdm.slice" -name 'cdm-launch-*'
	says "" cat "$CGROUP/cdm.slice/cgroup.procs"
	cdmd_log | grep -E 'event=refused uid=2002 pid=[0-9]+ message='
}

@test "--dry-run tells unprivileged users whether they may enter, and starts and moves nothing" {
	become 2001
	run -0 "${as[@]}" cdm-launch --dry-run sh -c ": >$WORK/started"
	[[ $output == *'enter     yes, you may'* ]]
	become 2002
	run -125 "${as[@]}" cdm-launch --dry-run sh -c ": >$WORK/started"
	[[ $output == *'enter     no: '*'user 2002 may not enter group cdm.slice'* ]]
	[ ! -e "$WORK/started" ]
	says "" find "$CGROUP/cdm.slice" -name 'cdm-launch-*'
}

@test "cdmadm status works for unprivileged users, with cdmd and without" {
	become 2002
	run -0 "${as[@]}" cdmadm --json status
	echo "$output"
	[ "$(jq -c '[.daemon.reconcile.settled, .problems, .pending, .fences.open]' <<<"$output")" = '[true,[],0,[]]' ]
	[ "$(jq -c '[.nodes[].node, (.groups[] | select(.group == "cdm.slice").granted)]' <<<"$output")" = '[1,"1"]' ]
	says 0-1 effective cdm.slice
	run -0 "${as[@]}" cdmadm status
	[[ ${lines[0]} == 'daemon    runs, version '*', all is done that it can do' ]]
	stop_cdmd
	run -3 "${as[@]}" cdmadm status
	[[ ${lines[0]} == 'daemon    does not run' ]]
	start_cdmd
	run -0 "${as[@]}" cdmadm status
}

# A /proc with hidepid= shows all processes to members of the group gid=, by default root's (has_pid_permissions(),
# fs/proc/base.c). Within its unit cdmd has few capabilities, so if gid= names another group, it does not even see root's
# processes, which have more.
# shellcheck disable=SC2053,SC2125 # $hidden is a glob
@test "hidepid= and gid= hide processes from cdmd.service: cdmd says so, and names the remedy" {
	local hidden=*'is hidden from cdmd'*hidepid=*SupplementaryGroups=*

	mount -o remount,hidepid=2 /proc
	cdmadm reload
	mount -o remount,hidepid=2,gid=2100 /proc
	become 2001
	if [ "$VM_INIT" = systemd ]; then
		run -1 cdmadm reload
		[[ $output == $hidden ]]
		run -125 "${as[@]}" cdm-launch true
		[[ $output == $hidden ]]
		mkdir -p /run/systemd/system/cdmd.service.d
		printf '[Service]\nSupplementaryGroups=2100\n' >/run/systemd/system/cdmd.service.d/hidepid.conf
		systemctl daemon-reload
		stop_cdmd
		start_cdmd
	fi
	cdmadm reload
	enters 2001
}
