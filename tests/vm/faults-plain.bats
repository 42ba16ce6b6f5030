#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1024 timeout=400
# vm-again: init=plain kernels=6.12 nodes=2 ram=1024 timeout=1800 cmdline=cdm.stride=53
# Whatever fails, cdmd survives, no fence becomes weaker, and the next reconcile repairs everything.

bats_require_minimum_version 1.5.0
load guest
load cdm

# Each STRIDE-th call is made to fail, one at a time; "cdm.stride=1" on the kernel's command line tries every call.
STRIDE=$(boot_number cdm.stride 397)

setup_file()
{
	untraced
	mkdir -p "$WORK" /etc/cdm
	cat >/etc/cdm/cdm.json <<-'JSON'
		{ "version": 1, "classes": { "lab": { "match": { "origin": "acpi" } } },
		  "groups": { "cdm.slice": { "classes": [ "lab" ] } } }
	JSON
	cdmadm apply
	host add 1 128 a
	retry 30 test -d /sys/devices/system/node/node1
}

# bats waits for watch_kept, a background function that has its descriptors even with 3>&-; this ends it.
teardown()
{
	rmdir "$CGROUP/kept" 2>/dev/null || :
}

teardown_file()
{
	clean_up a
	rm -r /etc/cdm
}

@test "if a call of apply or teardown fails, no fence becomes weaker, and the next run repairs everything" {
	"$PROGS/sweep" apply "$STRIDE"
	"$PROGS/sweep" teardown "$STRIDE"
	host del a
	retry 30 test ! -d /sys/devices/system/node/node1
	start_cdmd
	host add 1 128 a
	retry 60 says 0-1 effective cdm.slice
	retry 60 all_fenced 0
}

# still_alive PID
still_alive()
{
	[[ $(cdmd_pid) == "$1" && -e /proc/$1/exe ]]
}

# cdmd reacts: it fences a new cgroup.
reacts()
{
	mkdir "$CGROUP/probe"
	retry 60 says 0 cat "$CGROUP/probe/cpuset.mems"
	rmdir "$CGROUP/probe"
}

@test "a damaged state file is set aside, and the device node stays a device node" {
	local text pid

	pid=$(cdmd_pid)
	for text in '' '{' '{ "version": 9 }' '{ "version": 1, "known": "0-1" }'; do
		printf %s "$text" >/run/cdm/state.json
		reacts
		all_fenced 0
		[ "$(cat /run/cdm/state.json.damaged)" = "$text" ]
		says 0 jq -r .known /run/cdm/state.json
	done
	says 0-1 effective cdm.slice
	still_alive "$pid"
}

@test "while cgroups are mounted read-only the fences stay, and afterwards cdmd fences a new cgroup" {
	local pid

	pid=$(cdmd_pid)
	mkdir "$CGROUP/kept"
	retry 60 says 0 cat "$CGROUP/kept/cpuset.mems"
	nsenter -t "$pid" -m mount -o remount,bind,ro "$CGROUP"
	echo change >/sys/devices/system/node/node1/uevent
	all_fenced 0
	mount -o remount,bind,rw "$CGROUP"
	rmdir "$CGROUP/kept"
	reacts
	still_alive "$pid"
}

@test "a storm of SIGHUP, and a clock that jumps by years, delay no fence" {
	local pid i

	pid=$(cdmd_pid)
	for i in {1..300}; do
		kill -HUP "$pid"
	done
	reacts
	for i in -400 900 -500; do
		date -s "$i days"
		reacts
	done
	still_alive "$pid"
	all_fenced 0
	says 0-1 effective cdm.slice
}

@test "with an invalid new configuration a running cdmd keeps the old one, and a new cdmd does not start" {
	local pid

	pid=$(cdmd_pid)
	cp /etc/cdm/cdm.json "$WORK/good.json"
	echo '{ "version": 1, "clases": {' >/etc/cdm/cdm.json
	kill -HUP "$pid"
	retry 30 grep -q 'event=reload-failed .*/etc/cdm/cdm.json:1:' "$WORK/cdmd.log"
	reacts
	says 0-1 effective cdm.slice
	still_alive "$pid"
	stop_cdmd
	run -1 cdmd
	[[ $output == 'cdmd: /etc/cdm/cdm.json:1:'* ]]
	all_fenced 0
	cp "$WORK/good.json" /etc/cdm/cdm.json
	start_cdmd
}

@test "a second cdmd refuses to start, cdmadm apply works beside cdmd, a killed cdmd's lock is ignored" {
	local i

	run -1 cdmd
	[[ $output == *'another cdmd is running'* ]]
	for i in {1..8}; do
		mkdir "$CGROUP/many$i"
		cdmadm apply 3>&- >/dev/null &
	done
	wait
	retry 60 all_fenced 0
	rmdir "$CGROUP"/many*
	kill_cdmd
	[ -e /run/cdm/cdmd.lock ]
	start_cdmd
	reacts
}

# full DIRECTORY     mounts a file system without free space there
full()
{
	mount -t tmpfs -o size=16k none "$1"
	cat /dev/zero >"$1/filler" 2>/dev/null || :
	run ! dd if=/dev/zero of="$1/more" bs=4096 count=1
	rm -f "$1/more"
}

is_answered()
{
	(. "$BATS_TEST_DIRNAME/socket.bash" && say '{"do":"status"}' | jq -r .ok)
}

# Records every effective list of the cgroup "kept" until it is gone.
watch_kept()
{
	while cat "$CGROUP/kept/$EFFECTIVE"; do :; done >>"$WORK/kept.seen" 2>/dev/null
}

@test "if /run/cdm is removed and another cdmd starts, the first one ends" {
	local first

	first=$(cdmd_pid)
	still_alive "$first"
	rm -rf /run/cdm
	: >"$WORK/cdmd.log"
	start_cdmd
	mkdir "$CGROUP/kept"
	retry 30 process_is_gone "$first"
	grep -q 'another cdmd is running' "$WORK/cdmd.log"
	still_alive "$(cdmd_pid)"
	retry 30 says true is_answered
	retry 30 all_fenced 0
	says 0-1 effective cdm.slice
}

# This is the last test of the file, so the node may stay. It is not movable, so it would look like a node present at
# boot.
@test "a device node stays one while /run/cdm is full, and after it is removed with cdmd running or stopped" {
	local watcher

	stop_cdmd
	cdmadm teardown
	host del a
	sed -i 's/"acpi" }/"acpi" }, "online": "kernel"/' /etc/cdm/cdm.json
	rm -rf /run/cdm
	mkdir /run/cdm "$CGROUP/kept"
	full /run/cdm
	start_cdmd
	host add 1 128 a
	retry 60 says 0-1 effective cdm.slice
	says Normal node_zone 1
	watch_kept 3>&- &
	watcher=$!
	reacts
	stop_cdmd
	[ ! -s /run/cdm/state.json ]
	start_cdmd
	reacts
	umount -l /run/cdm
	reacts
	says 0 jq -r .known /run/cdm/state.json
	rm -rf /run/cdm
	reacts
	retry 30 says true jq -r .lost /run/cdm/state.json
	# cdmd has made its socket again, and the lock that excludes a second cdmd
	retry 30 says true is_answered
	run -1 timeout 30 cdmd
	[[ $output == *'another cdmd is running'* ]]
	stop_cdmd
	rm -rf /run/cdm
	start_cdmd
	reacts
	says true jq -r .lost /run/cdm/state.json
	says 0 jq -r .known /run/cdm/state.json
	says 0-1 effective cdm.slice
	all_fenced 0
	rmdir "$CGROUP/kept"
	wait "$watcher"
	says 0 sort -u "$WORK/kept.seen"
}
