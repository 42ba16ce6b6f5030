#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.1 nodes=2 ram=1536 timeout=900
# The daemon's socket: who may enter does, nobody else is moved, and whatever is thrown at it, it serves others.

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

# enters WHO     the holder that WHO launches is in a leaf of its own, and its blocks are on node 1, no other page
enters()
{
	become "$1"
	start_holder "${as[@]}" cdm-launch "${rules[@]}"
	[[ $(where "$holder") == /cdm.slice/cdm-launch-* ]]
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	[ "$(awk '$1 == "Uid:" { print $2 }' "/proc/$holder/status")" = "${1%:*}" ]
	end_holder
}

@test "who is in the list enters, by name, and his pages land on the node" {
	enters 2001
}

@test "a user's number in the list is a user" {
	enters 2003
}

@test "a member of a listed supplementary group enters" {
	enters 2002:2100
}

@test "who is not in the list is refused, nothing is started, and nothing is moved" {
	become 2002
	run -125 --separate-stderr "${as[@]}" cdm-launch sh -c ": >$WORK/started"
	echo "$stderr"
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *'user 2002 may not enter group cdm.slice'*enter* ]]
	[ ! -e "$WORK/started" ]
	says "" find "$CGROUP/cdm.slice" -name 'cdm-launch-*'
	cdmd_log | grep -E 'event=refused uid=2002 pid=[0-9]+ message='
}
