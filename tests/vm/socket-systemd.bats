#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.12 nodes=2 ram=1536 timeout=900
# The daemon's socket under systemd, with the unit as it is installed: who may enter is in a scope of his own, in a slice
# or in a cgroup that is no unit's.

bats_require_minimum_version 1.5.0
load guest
load cdm
load socket

setup_file()
{
	mkdir -p "$WORK"
	chmod 755 "$WORK"
	make_users
	start_cdmd
	host add 1 512 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
}

teardown_file()
{
	rm -f /etc/cdm/cdm.d/enter.json
	clean_up a
}

rules=(--allow anon,min=1M --allow malloc,min=1M)

# enters WHO     the holder that WHO launches is in a scope of its own, and its blocks are on node 1, no other page
enters()
{
	become "$1"
	start_holder "${as[@]}" cdm-launch "${rules[@]}"
	[[ $(where "$holder") == "/cdm.slice/cdm-launch-$holder.scope" ]]
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	says cdm.slice systemctl show -P Slice "cdm-launch-$holder.scope"
	end_holder
}

@test "who is in the list enters, and his pages land on the node" {
	enters 2001
	enters 2002:2100
}

@test "a group that is no unit is entered too" {
	become 2001
	run -0 "${as[@]}" cdm-launch --group lab cat /proc/self/cgroup
	[[ $output == *::/lab/cdm-launch-* ]]
}

@test "who is not in the list is refused, nothing is started, and nothing is moved" {
	become 2002
	run -125 --separate-stderr "${as[@]}" cdm-launch sh -c ": >$WORK/started"
	echo "$stderr"
	[[ $stderr == *'user 2002 may not enter group cdm.slice'*enter* ]]
	[ ! -e "$WORK/started" ]
	says "" find "$CGROUP/cdm.slice" -name 'cdm-launch-*'
	cdmd_log | grep -E 'event=refused uid=2002 pid=[0-9]+ message='
}
