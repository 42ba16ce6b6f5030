#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=systemd kernels=6.1 nodes=2 ram=1536 first=boot-systemd.first.bash timeout=600
# The boot after cdmadm setup: fences are in force before any program of cdm-tools runs, and cdmd starts before any
# session.

bats_require_minimum_version 1.5.0
load guest
load cdm

SYSTEM=/etc/systemd/system

setup_file()
{
	untraced
	mkdir -p "$WORK"
}

entered()
{
	systemctl show -P ActiveEnterTimestampMonotonic "$1"
}

mems_of_pid()
{
	awk '$1 == "Mems_allowed_list:" { print $2 }' "/proc/$1/status"
}

@test "PID 1 makes the slices with their fences, while device memory is online and cdmd does not run yet" {
	grep -q 'No such file' /run/early.state
	run -0 cat /run/early
	[ "${lines[0]}" = "init.scope 0 0" ]
	[ "${lines[1]}" = "system.slice 0 0" ]
	[ "${lines[2]}" = "user.slice 0 0" ]
	[ "${lines[3]}" = "machine.slice 0 0" ]
	[ "${lines[4]}" = "cdm.slice 0-2 0-1" ]
	[ "${lines[5]}" = refused ]
}

@test "cdmd starts before sysinit.target, and does not set the slices' lists again" {
	says active systemctl is-active cdmd.service
	(($(entered cdmd.service) < $(entered sysinit.target)))
	(($(entered early.service) < $(entered cdmd.service)))
	all_fenced 0
	says 0-1 effective cdm.slice
	[ ! -e /run/systemd/system.control/system.slice.d ]
	[ ! -e /run/systemd/system.control/init.scope.d ]
	run -0 cdmadm plan
}

@test "a user's session starts after cdmd, and is fenced" {
	systemctl start user@0.service
	(($(entered cdmd.service) < $(entered user@0.service)))
	pid=$(systemctl show -P MainPID user@0.service)
	grep -q '^0::/user.slice/user-0.slice/user@0.service/' "/proc/$pid/cgroup"
	says 0 mems_of_pid "$pid"
	XDG_RUNTIME_DIR=/run/user/0 systemd-run --user --quiet --unit=session sleep infinity
	pid=$(XDG_RUNTIME_DIR=/run/user/0 systemctl --user show -P MainPID session.service)
	grep -q '^0::/user.slice/user-0.slice/user@0.service/.*/session.service$' "/proc/$pid/cgroup"
	says 0 mems_of_pid "$pid"
	systemctl stop user@0.service
}

@test "a service with Slice=cdm.slice and systemd-run --slice=cdm.slice may use the node, other units may not" {
	cat >/run/systemd/system/solver.service <<-END
		[Service]
		Slice=cdm.slice
		Type=exec
		ExecStart=/usr/bin/numactl --membind=1 $PROGS/press 16 /run/solver
	END
	systemctl daemon-reload
	systemctl start solver.service
	pid=$(systemctl show -P MainPID solver.service)
	says "0::/cdm.slice/solver.service" cat "/proc/$pid/cgroup"
	retry 60 eval "((\$(pages_on 1 $pid) >= 4096))"
	systemctl stop solver.service
	systemd-run --quiet --collect --slice=cdm.slice --unit=run-solver numactl --membind=1 "$PROGS/press" 16 /run/solver
	pid=$(systemctl show -P MainPID run-solver.service)
	retry 60 eval "((\$(pages_on 1 $pid) >= 4096))"
	systemctl stop run-solver.service
	run ! systemd-run --quiet --collect --wait numactl --membind=1 true
}

@test "the lists that cdmd sets at run time override outdated drop-ins, also after a daemon-reload" {
	mkdir -p /etc/cdm
	echo '{ "version": 1, "classes": { "far": { "match": { "nodes": "2" } } }, "groups": { "cdm.slice": { "classes": ["far"] } } }' >/etc/cdm/cdm.json
	systemctl reload cdmd.service
	retry 30 says 0-1 effective system.slice
	retry 30 says 0-1 effective user.slice
	systemctl daemon-reload
	says 0-1 effective system.slice
	says 0-1 systemctl show -P AllowedMemoryNodes system.slice
	rm /etc/cdm/cdm.json
	systemctl reload cdmd.service
	retry 30 says 0 effective system.slice
	systemctl daemon-reload
	all_fenced 0
}

@test "teardown keeps an edited drop-in and says so; it removes all else from /etc and the cgroups" {
	echo '# mine' >>"$SYSTEM/machine.slice.d/10-cdm.conf"
	run -0 cdmadm teardown
	[[ $output == *"machine.slice.d/10-cdm.conf was edited"* ]]
	tail -1 "$SYSTEM/machine.slice.d/10-cdm.conf" | grep -qx '# mine'
	rm -r "$SYSTEM/machine.slice.d"
	run -0 etc_is /mnt/etc.before
	systemctl daemon-reload
	for unit in init.scope system.slice user.slice; do
		says "" systemctl show -P AllowedMemoryNodes "$unit"
	done
	run -0 systemd-run --quiet --collect --wait numactl --membind=1 true
}
