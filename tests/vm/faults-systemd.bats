#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.12 nodes=2 ram=1536 timeout=300
# PID 1 re-executes itself, or the system bus goes away: cdmd fences units nevertheless, and systemd knows the lists.

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	start_cdmd
	host add 1 256 a
	retry 60 says 0-1 effective cdm.slice
	pid=$(cdmd_pid)
	export pid
}

teardown_file()
{
	systemctl start dbus.socket dbus.service
	clean_up a
}

allowed_is()
{
	says 0 systemctl show -P AllowedMemoryNodes "$1"
}

# A new top-level slice is fenced, and stays fenced over a daemon-reload.
fences_new_slice()
{
	systemctl start "$1.slice"
	retry 60 says 0 effective "$1.slice"
	retry 60 allowed_is "$1.slice"
	systemctl daemon-reload
	retry 60 says 0 effective "$1.slice"
	[ "$(cdmd_pid)" = "$pid" ]
}

@test "after systemctl daemon-reexec, cdmd still fences new slices" {
	systemctl daemon-reexec
	retry 60 all_fenced 0
	says 0-1 effective cdm.slice
	fences_new_slice one
}

@test "while D-Bus is stopped, and when it is back, cdmd still fences new slices" {
	systemctl stop dbus.socket dbus.service
	retry 30 says inactive systemctl show -P ActiveState dbus.service
	says inactive systemctl show -P ActiveState dbus.socket
	fences_new_slice two
	all_fenced 0
	systemctl start dbus.socket dbus.service
	fences_new_slice three
}

goes_without_libsystemd()
{
	! grep libsystemd "/proc/$pid/maps"
}

@test "an idle cdmd unloads libsystemd, and loads it when it needs it" {
	for slice in four five; do
		fences_new_slice "$slice"
		retry 60 goes_without_libsystemd
	done
}
