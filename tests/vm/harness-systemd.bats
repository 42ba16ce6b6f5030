#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.1 nodes=2 ram=1024 nvdimm=256 timeout=400
# The harness itself, under systemd.

bats_require_minimum_version 1.5.0
load guest

setup_file()
{
	untraced
	echo offline >/sys/devices/system/memory/auto_online_blocks
	# Memory is brought online by hand here, and nothing else may do it first.
	ln -sf /dev/null /etc/udev/rules.d/05-cdm.rules
	udevadm control --reload
}

teardown_file()
{
	rm /etc/udev/rules.d/05-cdm.rules
	udevadm control --reload
}

@test "systemd is up with basic.target, the bus and udev, and no unit has failed" {
	systemctl is-active basic.target vmtest.target dbus.socket systemd-udevd.service user.slice
	retry 60 says running systemctl is-system-running
	busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetId
	says "" systemctl --failed --no-legend
}

@test "the test is a service, and systemd runs units in slices" {
	says 0::/system.slice/vmtest.service cat /proc/self/cgroup
	says 0::/user.slice/probe.scope systemd-run --quiet --scope --unit=probe --slice=user.slice cat /proc/self/cgroup
}

@test "udev reports a node that is hot-added, and its removal" {
	udevadm monitor --udev --subsystem-match=node >/tmp/events 3>&- &
	retry 30 grep -q 'UDEV' /tmp/events
	[ ! -e /sys/devices/system/node/node1 ]
	host add 1 128 mem
	retry 60 grep -q 'add .*/node/node1' /tmp/events
	echo online_movable >"$(echo /sys/devices/system/node/node1/memory[0-9]*)/state"
	retry 30 says Movable node_zone 1
	host del mem
	retry 60 grep -q 'remove .*/node/node1' /tmp/events
	kill %1
	[ ! -e /sys/devices/system/node/node1 ]
}

@test "the NVDIMM becomes memory of the last node through dax/kmem" {
	modprobe -a nfit nd_pmem device_dax dax_pmem kmem
	retry 60 test -e /sys/bus/nd/devices/region0
	retry 60 ndctl create-namespace -f -m devdax -e namespace0.0
	[ ! -e /sys/devices/system/node/node2 ]
	daxctl reconfigure-device -m system-ram -N dax0.0
	[ -e /sys/devices/system/node/node2 ]
	grep -q 'System RAM (kmem)' /proc/iomem
}
