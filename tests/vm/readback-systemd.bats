#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.12 nodes=2 ram=1536 timeout=500
# systemd's list of a slice can differ from the kernel's: systemd accepts a node that is not possible, which the kernel
# refuses, and StartupAllowedMemoryNodes= replaces a fence. cdm-tools goes by the kernel's file.

bats_require_minimum_version 1.5.0
load guest
load cdm

UNITS=/run/systemd/system
SETUP=/etc/systemd/system/system.slice.d/10-cdm.conf

setup_file()
{
	untraced
	mkdir -p "$WORK" "$UNITS/impossible.slice.d" "$UNITS/startup.slice.d" "$UNITS/shutdown.target.d"
	printf '[Slice]\nAllowedMemoryNodes=0,9\n' >"$UNITS/impossible.slice.d/10-test.conf"
	printf '[Slice]\nStartupAllowedMemoryNodes=0-2\nAllowedMemoryNodes=0-2\n' >"$UNITS/startup.slice.d/10-test.conf"
	# so that a test can put systemd into its shutdown phase without stopping anything
	printf '[Unit]\nRefuseManualStart=no\n' >"$UNITS/shutdown.target.d/10-test.conf"
	systemctl daemon-reload
	foreign impossible.slice one sleep infinity
	foreign startup.slice two sleep infinity
}

teardown_file()
{
	systemctl stop shutdown.target
	clean_up
	rm -rf "$UNITS/impossible.slice.d" "$UNITS/startup.slice.d" "$UNITS/shutdown.target.d"
	systemctl daemon-reload
}

# is-system-running fails for every state except "running"
manager_state()
{
	systemctl is-system-running || :
}

mems()
{
	cat "$CGROUP/$1/cpuset.mems"
}

# checksum     prints that of its input, as in the first line of a file that setup writes (FNV-1a, 64 bits)
checksum()
{
	local LC_ALL=C byte hash=$((0xcbf29ce484222325))

	while read -r byte; do
		hash=$(((hash ^ byte) * 0x100000001b3))
	done < <(od -An -v -tu1 -w1)
	printf '%016x' "$hash"
}

# name_node LIST     rewrites the drop-in of system.slice, as setup would have in a boot with these nodes
name_node()
{
	local first body

	first=$(head -1 "$SETUP")
	body=$(tail -n +2 "$SETUP" | sed "s/^AllowedMemoryNodes=.\+/AllowedMemoryNodes=$1/")
	[[ $first =~ ^(.*\ )[0-9a-f]{16}(:.*)$ ]]
	{
		printf '%s%s%s\n' "${BASH_REMATCH[1]}" "$(printf '%s\n' "$body" | checksum)" "${BASH_REMATCH[2]}"
		printf '%s\n' "$body"
	} >"$SETUP"
}

cdmd_says()
{
	cdmd_log | grep -qF "$1"
}

@test "systemd shows a list that the kernel does not have" {
	[ -n "$(systemctl show -P AllowedMemoryNodes impossible.slice)" ]
	says "" mems impossible.slice
	says 0-2 mems startup.slice
}

@test "one apply fences both slices, and a daemon-reload does not undo it" {
	run -0 cdmadm apply
	says 0 mems impossible.slice
	says 0 mems startup.slice
	systemctl daemon-reload
	says 0 mems impossible.slice
}

# systemd.resource-control(5): StartupAllowedMemoryNodes= applies during the startup and shutdown phases.
@test "if systemd replaces a fence by its shutdown list, apply notices and writes the fence again" {
	systemctl start --job-mode=ignore-dependencies shutdown.target
	says stopping manager_state
	echo 0-2 >"$CGROUP/startup.slice/cpuset.mems"
	run -0 cdmadm apply
	systemctl stop shutdown.target
	echo "$output"
	[[ $output == *'cgroup /startup.slice: systemd put another list in the place of 0, which was written once more'* ]]
	says 0 mems startup.slice
}

@test "plan and cdmd name an outdated drop-in, and setup rewrites it" {
	cdmadm setup
	run -0 cdmadm plan
	name_node 0,9
	run -3 cdmadm plan
	[[ $output == *"$SETUP lists node 9"* ]]
	systemctl restart cdmd.service
	retry 30 cdmd_says "$SETUP lists node 9"
	cdmadm setup
	run -0 cdmadm plan
	grep -qx AllowedMemoryNodes=0 "$SETUP"
}
