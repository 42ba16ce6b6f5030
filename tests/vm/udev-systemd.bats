#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.12 nodes=5 ram=1536 timeout=600
# vm-again: init=systemd kernels=6.1 nodes=5 ram=1536 cpus=2 timeout=900
# vm-again: release=trixie,sid init=systemd nodes=5 ram=1536 timeout=600
# An installation without setup changes nothing. With setup, memory arrives while cdmd does not run, on a system whose
# udev rules online every block at its "add" event. Then setup overrides these rules, teardown restores everything, and
# an invalid configuration does not make udev try again for every block.

bats_require_minimum_version 1.5.0
load guest
load cdm

SEEN=/run/seen

# A rule as distributions ship it, which also records the list of system.slice when it runs.
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

# Rules in the forms that RHEL and SUSE ship; their part about CPUs does not matter here.
shipped_rules()
{
	cat >/usr/lib/udev/rules.d/40-like-rhel.rules <<-'EOF'
		SUBSYSTEM!="memory", GOTO="like_rhel_end"
		ACTION!="add", GOTO="like_rhel_end"
		CONST{arch}=="s390*", GOTO="like_rhel_end"
		ENV{.state}="online"
		ATTR{state}=="offline", \
		  ATTR{state}="$env{.state}"
		LABEL="like_rhel_end"
		SUBSYSTEM=="memory", ENV{LIKE_RHEL}="was here"
	EOF
	cat >/usr/lib/udev/rules.d/80-like-suse.rules <<-'EOF'
		SUBSYSTEM=="cpu", ACTION=="add", TEST=="online", ATTR{online}=="0", ATTR{online}="1"
		SUBSYSTEM=="memory", ACTION=="add", PROGRAM="/bin/true", ATTR{state}=="offline", ATTR{state}="online"
	EOF
	udevadm control --reload
}

setup_file()
{
	untraced
	clean_up
	echo offline >/sys/devices/system/memory/auto_online_blocks
	# Records each cdmadm that udev runs.
	cdmadm=$(command -v cdmadm)
	mv "$cdmadm" "$cdmadm.real"
	printf '#!/bin/sh\necho "$@" >>/run/udev-ran\nexec %s.real "$@"\n' "$cdmadm" >"$cdmadm"
	chmod +x "$cdmadm"
	footprint >/run/before
}

teardown_file()
{
	cdmadm=$(command -v cdmadm)
	mv "$cdmadm.real" "$cdmadm"
	rm -f /run/udev/rules.d/80-hotplug.rules /usr/lib/udev/rules.d/??-like-*.rules /etc/cdm/{cdm.json,set-up}
	udevadm control --reload
	clean_up first second third fourth fifth
}

blocks_are()
{
	local blocks=("/sys/devices/system/node/node$1"/memory[0-9]*)

	says "$2" echo "${#blocks[@]}"
}

# all_online NODE     its blocks are online, in a zone that depends on which was first: that rule, or cdmd
all_online()
{
	says online sort -u "/sys/devices/system/node/node$1"/memory[0-9]*/state
}

@test "the events of a boot, in which all memory is online already, fence and start nothing" {
	udevadm trigger --action=add --subsystem-match=memory --subsystem-match=node
	udevadm settle
	[ ! -e /run/udev-ran ]
	run ! systemctl is-active cdmd.service
}

# hot_add_changes_nothing NODE ID     the blocks are as the kernel leaves them, and no program of cdm-tools has acted
hot_add_changes_nothing()
{
	rm -f /run/udev-ran
	host add "$1" 128 "$2"
	retry 60 blocks_are "$1" 1
	udevadm settle
	says offline block_states "$1"
	[ ! -e /run/udev-ran ]
	as_before /run/before
	run ! systemctl is-active cdmd.service
	host del "$2"
	retry 60 test ! -e "/sys/devices/system/node/node$1"
}

@test "without setup, a hot-add changes and starts nothing" {
	hot_add_changes_nothing 1 unseen
}

@test "udev accepts the rules" {
	mkdir -p /etc/cdm
	touch /etc/cdm/set-up
	distribution_rule
	udevadm test --action=add /sys/devices/system/memory/memory0 >/tmp/udevtest 2>&1
	run ! grep -E '05-cdm.rules:[0-9]+.*(nvalid|nknown|ignor|no effect)' /tmp/udevtest
}

@test "the fence stands before the distribution's rule runs" {
	host add 1 512 first
	retry 60 blocks_are 1 4
	retry 60 all_online 1
	udevadm settle
	# The rule may not run for every block: cdmd is starting, and brings online what it finds.
	says 0 sort -u "$SEEN"
}

@test "the device alone starts cdmd; memory that arrived offline is a device's, though a rule onlined it" {
	retry 60 systemctl is-active cdmd.service
	run ! systemctl is-enabled cdmd.service
	retry 60 says 0-1 effective cdm.slice
	all_fenced 0
}

@test "once the fences stand, udev runs no program for a block" {
	[ -e /run/cdm/fenced ]
	ran=$(cat /run/udev-ran)
	says "apply --fence" sort -u /run/udev-ran
	host add 2 512 second
	retry 60 blocks_are 2 4
	retry 60 all_online 2
	udevadm settle
	says "$ran" cat /run/udev-ran
}

@test "systemd has no device units for memory blocks" {
	says "" systemctl list-units --all --no-legend 'sys-devices-system-memory-*'
}

@test "setup reports the administrator's rule, and overrides the distribution's rules by guarded copies" {
	shipped_rules
	rm -r /etc/cdm
	run -0 cdmadm setup
	[ -e /etc/cdm/set-up ]
	[[ $output == *"/run/udev/rules.d/80-hotplug.rules brings memory blocks online"* ]]
	rm /run/udev/rules.d/80-hotplug.rules
	[ "$(ls /etc/udev/rules.d/*-like-*)" = "/etc/udev/rules.d/40-like-rhel.rules
/etc/udev/rules.d/80-like-suse.rules" ]
	udevadm control --reload
	udevadm test --action=add /sys/devices/system/memory/memory0 >/tmp/udevtest 2>&1
	run ! grep -E '(05-cdm|like-[a-z]*).rules:[0-9]+.*(nvalid|nknown|ignor|no effect)' /tmp/udevtest
	# systemd 257 and later indent what udevadm test lists.
	grep -qxE ' *LIKE_RHEL=was here' /tmp/udevtest
}

@test "with the guarded copies, cdmd brings memory online as movable" {
	host add 3 512 third
	retry 60 blocks_are 3 4
	retry 60 all_online 3
	udevadm settle
	node_is_movable 3
	all_fenced 0
	retry 30 says 0-3 effective cdm.slice
}

@test "a block that was taken offline stays offline when udev handles its add event again" {
	block=$(ls -d /sys/devices/system/node/node3/memory[0-9]* | sed -n 2p)
	echo offline >"$block/state"
	udevadm trigger --action=add --settle "$block"
	says offline cat "$block/state"
	# This is due to the guard: the original rule brings the block online.
	mv /etc/udev/rules.d/80-like-suse.rules /run/copy
	udevadm control --reload
	udevadm trigger --action=add --settle "$block"
	mv /run/copy /etc/udev/rules.d/80-like-suse.rules
	says online cat "$block/state"
}

@test "a reload of an invalid configuration fails; the status line says so, and that the old one is in force" {
	pid=$(cdmd_pid)
	echo '{ "version": 1, "clases": {} }' >/etc/cdm/cdm.json
	run -1 systemctl reload cdmd.service
	[[ $(systemctl show -P StatusText cdmd.service) == *"by the old configuration"*"/etc/cdm/cdm.json:1:17: "*clases* ]]
	run -1 cdmadm reload
	[[ $output == *"/etc/cdm/cdm.json:1:17: "*clases* ]]
	says active systemctl is-active cdmd.service
	says 0-3 effective cdm.slice
	rm /etc/cdm/cdm.json
	run -0 systemctl reload cdmd.service
	says "Keeping the fences" systemctl show -P StatusText cdmd.service
	says "$pid" cdmd_pid
}

@test "teardown restores everything, and the next hot-add changes nothing" {
	run -0 cdmadm teardown
	rm /usr/lib/udev/rules.d/??-like-*.rules
	udevadm control --reload
	as_before /run/before
	hot_add_changes_nothing 4 unseen-again
}

@test "with an invalid configuration udev tries once, not for each block; an apply later fences and onlines" {
	mkdir -p /etc/cdm
	touch /etc/cdm/set-up
	echo '{ "version": 1, "clases": {} }' >/etc/cdm/cdm.json
	host add 4 128 fourth
	retry 60 blocks_are 4 1
	udevadm settle
	[ -e /run/cdm/unfenced ]
	[ ! -e /run/cdm/fenced ]
	ran=$(grep -c . /run/udev-ran)
	host add 5 1024 fifth
	retry 60 blocks_are 5 8
	udevadm settle
	says "$ran" grep -c . /run/udev-ran
	says offline sort -u /sys/devices/system/node/node5/memory[0-9]*/state
	rm /etc/cdm/cdm.json
	cdmadm apply
	[ ! -e /run/cdm/unfenced ]
	[ -e /run/cdm/fenced ]
	retry 60 node_is_movable 5
	run ! grep 5 "$CGROUP/system.slice/cpuset.mems.effective"
	retry 30 grep 5 "$CGROUP/cdm.slice/cpuset.mems.effective"
}
