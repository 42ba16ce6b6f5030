# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The first boot of boot-systemd.bats. A setup that cannot succeed refuses before it changes anything, and setup
# followed by teardown leaves no trace. The last setup stays, and a device is added whose memory is present at the
# second boot.
set -eu

# shellcheck source=/dev/null
. "$VM_GUEST_LIB"
here=$(dirname "$VM_GUEST_LIB")
# shellcheck source=/dev/null
. "$here/etc-tree.bash"

SYSTEM=/etc/systemd/system

fail()
{
	echo "$*"
	exit 1
}

# refused WHAT     setup fails with one line that contains WHAT, and has changed nothing
refused()
{
	local seen

	seen=$(cdmadm setup 2>&1 >/dev/null) && fail "setup succeeded in spite of: $1"
	[[ $(wc -l <<<"$seen") == 1 && $seen == *$1* ]] || fail "not one line about '$1': $seen"
	[[ ! -e /sys/fs/cgroup/system.slice/cpuset.mems ]] || fail "setup had begun to fence before it failed: $1"
	systemctl is-enabled --quiet cdmd.service && fail "setup had enabled cdmd before it failed: $1"
	return 0
}

# A service early in the second boot, before cdmd: it brings device memory online and records which units could use it.
early_service()
{
	cat >/etc/early.sh <<-'END'
		cat /run/cdm/state.json 2>/run/early.state
		for state in /sys/devices/system/node/node1/memory*/state; do echo online_movable >"$state"; done
		until grep -qx 0-1 /sys/fs/cgroup/cpuset.mems.effective; do sleep 0.1; done
		for unit in init.scope system.slice user.slice machine.slice cdm.slice; do
			echo "$unit $(cat /sys/fs/cgroup/$unit/cpuset.mems /sys/fs/cgroup/$unit/cpuset.mems.effective | xargs)"
		done >/run/early
		numactl --membind=1 true || echo refused >>/run/early
	END
	cat >"$SYSTEM/early.service" <<-'END'
		[Unit]
		DefaultDependencies=no
		Wants=user.slice machine.slice cdm.slice
		After=user.slice machine.slice cdm.slice
		Before=cdmd.service systemd-udev-trigger.service sysinit.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/sh /etc/early.sh
	END
	mkdir -p "$SYSTEM/vmtest.target.wants"
	ln -s ../early.service "$SYSTEM/vmtest.target.wants/early.service"
}

early_service
mkdir "$SYSTEM/user.slice.d"
etc_tree >/mnt/etc.before

echo "another file in the place of a drop-in"
mkdir "$SYSTEM/system.slice.d"
echo '[Slice]' >"$SYSTEM/system.slice.d/10-cdm.conf"
refused "is there and not ours"
rm -r "$SYSTEM/system.slice.d"
etc_is /mnt/etc.before

echo "a read-only /etc"
mount --bind /etc /etc
mount -o remount,bind,ro /etc
refused "Read-only file system"
umount /etc
etc_is /mnt/etc.before

echo "a full disk"
mkdir /run/full
mount -t tmpfs -o size=1m tmpfs /run/full
cp -a "$SYSTEM/." /run/full
mount --bind /run/full "$SYSTEM"
dd if=/dev/zero of=/run/full/filler bs=4k 2>/dev/null || :
find "$SYSTEM" | sort >/run/full.before
refused "No space left on device"
find "$SYSTEM" | sort | diff /run/full.before -
umount "$SYSTEM" /run/full
etc_is /mnt/etc.before

echo "setup and teardown"
cdmadm setup
[[ $(</sys/fs/cgroup/system.slice/cpuset.mems) == 0 ]] || fail "system.slice is not fenced"
systemctl is-enabled --quiet cdmd.service || fail "cdmd is not enabled"
etc_tree >/mnt/etc.setup
cdmadm setup
etc_is /mnt/etc.setup
cdmadm teardown
etc_is /mnt/etc.before
says "" systemctl show -P AllowedMemoryNodes system.slice

echo "setup for good"
cdmadm setup
host add 1 512 device
retry 60 says Movable node_zone 1
