#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.12 nodes=2 ram=1024 timeout=400
# vm-again: release=trixie,sid init=systemd nodes=2 ram=1024 timeout=400
# The cgroup code where systemd owns the units, run through cgctl; the results are read from the kernel and systemd.

bats_require_minimum_version 1.5.0
load guest
load cdm

cgctl=$PROGS/cgctl

allowed()
{
	systemctl show -P AllowedMemoryNodes "$1"
}

@test "list names the world; a unit without the controller has its parent's nodes" {
	run -0 --separate-stderr $cgctl list
	[ "${lines[0]}" = "world v2+systemd mount sys/fs/cgroup" ]
	grep -x '/system.slice/vmtest.service mems= effective=0 populated' <<<"$output"
}

@test "make starts the slices of several groups" {
	$cgctl make cdm.slice lab.slice/lab-a.slice cdm.slice
	says active systemctl is-active cdm.slice
	says active systemctl is-active lab-a.slice
	[ -d "$CGROUP/lab.slice/lab-a.slice" ]
}

# job UNIT     prints the number of systemd's job for the unit
job()
{
	systemctl list-jobs --no-legend | awk -v unit="$1" '$2 == unit { print $1; found = 1 } END { exit !found }'
}

# forge UNIT [OPTION]     an unprivileged user signals that the unit's job has failed: to all clients, or to one
# (--destination=NAME)
forge()
{
	local unit=$1 n

	n=$(job "$unit")
	shift
	setpriv --reuid 65534 --clear-groups busctl emit "$@" /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
		JobRemoved uoss "$n" "/org/freedesktop/systemd1/job/$n" "$unit" failed
}

@test "JobRemoved signals from senders other than systemd are ignored" {
	local units=/run/systemd/system pid name

	mkdir -p "$units/held.slice.d"
	printf '[Unit]\nRequires=hold.service\nAfter=hold.service\n' >"$units/held.slice.d/hold.conf"
	printf '[Service]\nType=oneshot\nExecStart=cat /run/let-go\n' >"$units/hold.service"
	mkfifo /run/let-go
	systemctl daemon-reload
	$cgctl make held.slice 3>&- &
	pid=$!
	retry 20 job held.slice
	name=$(busctl list --no-legend | awk -v pid=$pid '$2 == pid { print $1; exit }')
	[[ $name == :* ]]
	forge held.slice
	forge held.slice --destination="$name"
	: >/run/let-go
	wait $pid
	says active systemctl is-active held.slice
	[ -d "$CGROUP/held.slice" ]
}

@test "set turns the controller on; kernel and systemd have the same list, and a daemon-reload keeps it" {
	[ ! -e "$CGROUP/system.slice/cpuset.mems" ]
	run -0 $cgctl set system.slice 0
	[ -z "$output" ]
	says 0 mems system.slice
	says 0 allowed system.slice
	for unit in init.scope user.slice dev-hugepages.mount; do
		$cgctl set "$unit" 0
		says 0 allowed "$unit"
	done
	$cgctl set cdm.slice 0-2
	says 0-2 allowed cdm.slice
	systemctl daemon-reload
	for unit in system.slice init.scope user.slice dev-hugepages.mount; do
		says 0 mems "$unit"
	done
	says 0-2 mems cdm.slice
	says 0 effective cdm.slice
}

@test "set: an empty list means every node, also in a populated unit, and resets systemd's property" {
	$cgctl set user.slice ""
	says "" allowed user.slice
	$cgctl set init.scope ""
	# 6.12 refuses an empty list for a populated cgroup (ENOSPC), so every possible node is listed; 7.2 accepts it.
	[[ $(mems init.scope) =~ ^(0-2)?$ ]]
	says "" allowed init.scope
	$cgctl set init.scope 0
	says 0 mems init.scope
}

@test "enter makes a transient scope with exactly the requested list; it ends with the program" {
	# shellcheck disable=SC2016
	run -0 --separate-stderr $cgctl enter cdm.slice 0-1 sh -c 'echo $$
		cat /proc/self/cgroup "/sys/fs/cgroup/$CGROUP/cpuset.mems"
		for p in Description CollectMode Slice AllowedMemoryNodes; do systemctl show -P $p "${CGROUP##*/}"; done'
	pid=${lines[0]}
	[ "${lines[1]}" = "0::/cdm.slice/cdm-launch-$pid.scope" ]
	[ "${lines[2]}" = 0-1 ]
	[ "${lines[*]:3}" = "cdm-launch test inactive-or-failed cdm.slice 0-1" ]
	[ -z "$stderr" ]
	retry 30 test ! -e "$CGROUP/cdm.slice/cdm-launch-$pid.scope"
	retry 30 says not-found systemctl show -P LoadState "cdm-launch-$pid.scope"
	says 0-2 mems cdm.slice
}

@test "enter: the scope's list survives a daemon-reload; enter from inside a scope makes another scope" {
	run -0 $cgctl enter cdm.slice 0-1 sh -c "systemctl daemon-reload; cat $CGROUP/\$CGROUP/cpuset.mems"
	[ "$output" = 0-1 ]
	run -0 $cgctl enter lab.slice/lab-a.slice 0-1 $cgctl enter lab.slice/lab-a.slice 0 cat /proc/self/cgroup
	[[ $output =~ ^0::/lab.slice/lab-a.slice/cdm-launch-[0-9]+-[0-9a-f]{8}.scope$ ]]
}

@test "move: another process gets a scope named after its pid; a process that does not exist is an error" {
	systemd-run --quiet --collect --unit=wanderer sleep infinity
	pid=$(systemctl show -P MainPID wanderer.service)
	run -0 $cgctl move cdm.slice 0-1 "$pid"
	[ "$output" = "cdm.slice/cdm-launch-$pid.scope" ]
	says "0::/cdm.slice/cdm-launch-$pid.scope" cat "/proc/$pid/cgroup"
	says 0-1 mems "cdm.slice/cdm-launch-$pid.scope"
	kill "$pid"
	retry 30 test ! -e "$CGROUP/cdm.slice/cdm-launch-$pid.scope"
	run -3 $cgctl move cdm.slice 0-1 4000000
}

@test "remove stops a slice in which nothing runs, and refuses one in which a process runs" {
	$cgctl make gone.slice
	run -16 $cgctl enter gone.slice 0 $cgctl remove gone.slice
	[[ $output == "cgctl: cgroup /gone.slice: processes run in it"* ]]
	retry 30 $cgctl remove gone.slice
	[ ! -e "$CGROUP/gone.slice" ]
	says inactive systemctl show -P ActiveState gone.slice
}

@test "a cgroup that is not a unit is written, entered, pruned and removed as on bare v2" {
	$cgctl make hand
	$cgctl set hand 0-1
	says 0-1 mems hand
	run -0 $cgctl enter hand 0 cat /proc/self/cgroup
	[[ $output =~ ^0::/hand/cdm-launch-[0-9]+$ ]]
	$cgctl prune hand
	$cgctl remove hand
	[ ! -e "$CGROUP/hand" ]
}

@test "a cgroup in a delegated subtree that has a unit's name is not taken for the unit" {
	systemd-run --quiet --collect --unit=tenant -p Delegate=yes sleep infinity
	tenant=system.slice/tenant.service
	mkdir "$CGROUP/$tenant/init.scope" "$CGROUP/$tenant/own"
	systemctl show -P MainPID tenant.service >"$CGROUP/$tenant/own/cgroup.procs"
	$cgctl enable system.slice
	for dir in system.slice "$tenant"; do
		echo +cpuset >"$CGROUP/$dir/cgroup.subtree_control"
	done
	run -0 $cgctl set "$tenant/init.scope" 0-2
	[ -z "$output" ]
	says 0-2 mems "$tenant/init.scope"
	says 0 allowed init.scope
	says 0 mems init.scope
	systemctl stop tenant.service
}

@test "an unprivileged caller is refused in one line, with the remedy" {
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

	for command in "make other.slice" "enter cdm.slice 0 true"; do
		# shellcheck disable=SC2086
		run -13 as_nobody $cgctl $command
		[[ $output == "cgctl: cgroup /"*"; it takes root, or a polkit rule that lets you manage units" ]]
		[ "${#lines[@]}" -eq 1 ]
	done
	run -13 as_nobody $cgctl set cdm.slice 0
	says 0-2 mems cdm.slice
}

@test "without the system bus, requests go directly to PID 1, and a daemon-reload keeps the lists" {
	systemctl stop dbus.socket dbus.service
	run ! busctl --system list
	run -0 $cgctl set cdm.slice 0-1
	[ -z "$output" ]
	systemctl daemon-reload
	says 0-1 mems cdm.slice
	$cgctl make other.slice
	[ -d "$CGROUP/other.slice" ]
	run -0 $cgctl enter cdm.slice 0 cat /proc/self/cgroup
	[[ $output =~ ^0::/cdm.slice/cdm-launch-[0-9]+.scope$ ]]
}

@test "if systemd cannot be reached, the fence is written all the same, and a note says what is missing" {
	mv /run/systemd/private /run/systemd/private.away
	run -0 $cgctl set system.slice 0,2
	[[ $output == "note: cgroup /system.slice: cpuset.mems was written, but systemd does not know"* ]]
	says 0,2 mems system.slice
	# Neither reports "gone", which the fencing code would not treat as an error.
	run -5 $cgctl make third.slice
	run -5 $cgctl enter cdm.slice 0 true
	[[ $output == "cgctl: cgroup /cdm.slice: systemd: no connection over D-Bus: "* ]]

	# even if the controller was off
	run ! grep -w cpuset "$CGROUP/other.slice/cgroup.subtree_control"
	mkdir "$CGROUP/other.slice/other-x.slice"
	run -0 $cgctl set other.slice/other-x.slice 0
	[[ $output == "note: "* ]]
	says 0 mems other.slice/other-x.slice
	rmdir "$CGROUP/other.slice/other-x.slice"
	mv /run/systemd/private.away /run/systemd/private
	systemctl daemon-reload
	says 0 mems system.slice
	systemctl start dbus.socket
}
