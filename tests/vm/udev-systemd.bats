#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.1,6.12 nodes=2 ram=1536 timeout=600
# Memory arrives while no daemon runs, on a system whose distribution onlines every block at its "add".

bats_require_minimum_version 1.5.0
load guest
load cdm

SEEN=/run/seen

# As distributions ship it; and it writes down how system.slice was fenced when its turn came.
distribution_rule()
{
	cat >/run/note-fence <<-EOF
		#!/bin/sh
		cat $CGROUP/system.slice/cpuset.mems >>$SEEN
	EOF
	chmod +x /run/note-fence
	mkdir -p /run/udev/rules.d
	cat >/run/udev/rules.d/80-hotplug.rules <<-'EOF'
		SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", PROGRAM=="/run/note-fence", ATTR{state}="online"
	EOF
	udevadm control --reload
}

setup_file()
{
	clean_up
	echo offline >/sys/devices/system/memory/auto_online_blocks
	# What udev runs is counted below.
	cdmadm=$(command -v cdmadm)
	mv "$cdmadm" "$cdmadm.real"
	printf '#!/bin/sh\necho "$@" >>/run/udev-ran\nexec %s.real "$@"\n' "$cdmadm" >"$cdmadm"
	chmod +x "$cdmadm"
	distribution_rule
}

teardown_file()
{
	cdmadm=$(command -v cdmadm)
	mv "$cdmadm.real" "$cdmadm"
	rm -f /run/udev/rules.d/80-hotplug.rules
	udevadm control --reload
	clean_up first second
}

blocks_are()
{
	local blocks=("/sys/devices/system/node/node$1"/memory[0-9]*)

	says "$2" echo "${#blocks[@]}"
}

# Which zone they are in is for him to say who was first: that rule for the block, or cdmd by then.
all_online()
{
	says online sort -u "/sys/devices/system/node/node$1"/memory[0-9]*/state
}

@test "at boot nothing is fenced and nothing started: all memory is online already" {
	udevadm trigger --action=add --subsystem-match=memory --subsystem-match=node
	udevadm settle
	[ ! -e /run/udev-ran ]
	run ! systemctl is-active cdmd.service
}

@test "udev accepts the rules" {
	udevadm test --action=add /sys/devices/system/memory/memory0 >/tmp/udevtest 2>&1
	run ! grep -E '05-cdm.rules:[0-9]+.*(nvalid|nknown|ignor|no effect)' /tmp/udevtest
}

@test "the fence stands before the distribution's rule has its turn" {
	host add 1 512 first
	retry 60 blocks_are 1 4
	retry 60 all_online 1
	udevadm settle
	# Not of every block, perhaps: cdmd is on its way, and brings online what it finds.
	says 0 sort -u "$SEEN"
}

@test "cdmd is started, by the device alone; what came offline stays a device's, though another onlined it" {
	retry 60 systemctl is-active cdmd.service
	run ! systemctl is-enabled cdmd.service
	retry 60 says 0-1 effective cdm.slice
	all_fenced 0
}

@test "once the fences stand, a block does not run a program" {
	[ -e /run/cdm/fenced ]
	ran=$(cat /run/udev-ran)
	says "apply --fence" sort -u /run/udev-ran
	host add 2 512 second
	retry 60 blocks_are 2 4
	retry 60 all_online 2
	udevadm settle
	says "$ran" cat /run/udev-ran
}

@test "memory blocks do not crowd the manager with device units" {
	says "" systemctl list-units --all --no-legend 'sys-devices-system-memory-*'
}
