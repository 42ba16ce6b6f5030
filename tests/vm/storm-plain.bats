#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=63 ram=1536 timeout=900
# vm-again: init=plain kernels=6.12 nodes=63 ram=1536 cpus=2 timeout=1500 cmdline=cdm.blocks=100000 cmdline=cdm.silence=60
# 64 nodes and tens of thousands of uevents in a burst: bounded memory, few reconciles, nothing lost, and then silence.

bats_require_minimum_version 1.5.0
load guest
load cdm

EVENTS=100000 # more than fit the queue, on purpose
BLOCKS=$(boot_number cdm.blocks 20000)
SILENCE=$(boot_number cdm.silence 10)	# seconds
MEMORY=/sys/devices/system/memory
LIMIT_KB=8192
IDLE_KB=3072

setup_file()
{
	untraced
	mkdir -p "$WORK"
	start_cdmd
	retry 60 all_fenced 0
}

teardown_file()
{
	stop_cdmd
	cdmadm teardown
}

status_of()
{
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(cdmd_pid)/status"
}

peak_is_small()
{
	local peak

	peak=$(status_of VmHWM)
	echo "# peak $peak kB, now $(status_of VmRSS) kB" >&3
	((peak < LIMIT_KB))
}

# Counts messages for which the daemon's uevent socket had no room (NETLINK_KOBJECT_UEVENT is 15).
drops()
{
	awk -v pid="$(cdmd_pid)" '$2 == 15 && $3 == pid { n += $9 } END { print n + 0 }' /proc/net/netlink
}

# Prints the steps of a plan without any saved state.
fresh_plan()
{
	mkdir -p "$WORK/empty"
	unshare -m sh -c 'mount --bind "$1" /run/cdm && cdmadm --json plan' sh "$WORK/empty" | jq -c .steps
}

add_all()
{
	local node

	for node in $(seq 1 "$1"); do host add "$node" 128 "n$node"; done
}

@test "62 nodes arrive in a storm of events: all are granted, and no other cgroup has one" {
	local opened

	add_all 62 &
	opened=$("$PROGS/storm" opens /sys/devices/system/node/possible "$PROGS/storm" events $EVENTS $MEMORY/memory{0..7})
	wait $!
	retry 120 says 0-62 effective cdm.slice
	retry 30 all_fenced 0
	peak_is_small
	echo "# $opened reads of the nodes in $EVENTS events" >&3
	((opened > 0 && opened < EVENTS / 100))
	retry 60 says '[]' fresh_plan
	for node in {1..62}; do node_is_movable "$node"; done
}

@test "cdmd finds what has happened while events were lost" {
	kill -STOP "$(cdmd_pid)"
	"$PROGS/storm" events $EVENTS $MEMORY/memory{0..7}
	host add 63 128 n63
	retry 60 test -d /sys/devices/system/node/node63
	mkdir "$CGROUP/unseen"
	(($(drops) > 0))
	kill -CONT "$(cdmd_pid)"
	retry 120 node_is_movable 63
	retry 60 says 0-63 effective cdm.slice
	retry 60 all_fenced 0
	peak_is_small
	retry 60 says '[]' fresh_plan
	rmdir "$CGROUP/unseen"
}

is_quiet()
{
	local before

	before=$(switches "$(cdmd_pid)")
	sleep 5
	(($(switches "$(cdmd_pid)") == before))
}

@test "an idle cdmd is not woken at all, and is small" {
	local before

	retry 120 is_quiet
	before=$(switches "$(cdmd_pid)")
	sleep "$SILENCE"
	says "$before" switches "$(cdmd_pid)"
	echo "# idle: $(sizes "$(cdmd_pid)")" >&3
	(($(status_of VmRSS) < IDLE_KB))
}

@test "on a machine with very many blocks, a storm costs bounded memory and ends in the right state" {
	stop_cdmd
	mkdir "$WORK/big"
	mount -t tmpfs -o nr_inodes=0 big "$WORK/big"
	"$PROGS/storm" tree "$WORK/big" 64 "$BLOCKS"
	rm -rf /run/cdm
	echo 0 >"$CGROUP/cdm.slice/cpuset.mems"
	unshare -m sh -c 'mount --bind "$0/big/node" /sys/devices/system/node &&
		mount --bind "$0/big/memory" /sys/devices/system/memory && exec cdmd 2>>"$0/cdmd.log" 3>&-' "$WORK" &
	echo $! >"$WORK/cdmd.pid"
	retry 120 cdmd_is_ready
	"$PROGS/storm" events $EVENTS $MEMORY/memory{0..7}
	retry 120 is_quiet
	peak_is_small
	says 0-63 cat "$CGROUP/cdm.slice/cpuset.mems"
	all_fenced 0
	says 'nothing to do' nsenter -t "$(cdmd_pid)" -m cdmadm plan
}
