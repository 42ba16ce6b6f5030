#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

status_of()
{
	cdmadm --sysroot "$tree" status "$@"
}

@test "status: with all fences in place, the status is 0 and there are no problems" {
	tree_from acpi-online
	cgroup cdm.slice 0-2 0-1
	cgroup system.slice 0 0
	cgroup user.slice 0 0
	run -0 status_of
	[[ ${lines[1]} =~ ^fences\ +2\ stand,\ 0\ do\ not$ ]]
	[ "${lines[2]}" = 'pending   nothing' ]
	[[ $output =~ $'\n'\ +1\ device\ online\ Movable\ +512M\ .*cdm.slice ]]
	[[ $output != *problem* ]]
	run -0 status_of --json
	[ "$(jq -c '[.fences, .pending, .problems, [.nodes[].node], [.groups[].granted]]' <<<"$output")" = \
		'[{"stand":2,"open":[]},0,[],[1],["1"]]' ]
}

@test "status: open fences and the number of pending steps are shown" {
	tree_from acpi-online
	cgroup cdm.slice 0-2 0-1
	cgroup user.slice '' 0-1
	run -3 status_of --json
	[ "$(jq -c '.fences.open' <<<"$output")" = '["user.slice"]' ]
	plan=$(cdmadm --sysroot "$tree" plan --json) || [ $? -eq 3 ]
	[ "$(jq .pending <<<"$output")" -eq "$(jq '.steps | length' <<<"$plan")" ]
	run -3 status_of
	contains 'see `cdmadm plan`'
	[ "${#lines[@]}" -le 24 ]
}

@test "status: an invalid configuration is shown as a problem, not as an error" {
	tree_from acpi-online
	printf '{ "version": 2 }\n' >"$BATS_TEST_TMPDIR/bad.json"
	run -3 --separate-stderr status_of --config "$BATS_TEST_TMPDIR/bad.json"
	[ -z "$stderr" ]
	contains "problem: $BATS_TEST_TMPDIR/bad.json:1:"
	run -3 --separate-stderr status_of --config "$BATS_TEST_TMPDIR/bad.json" --json
	jq -e '.daemon == null and (.problems | length == 1)' <<<"$output"
}

@test "status: for the unknown verb statsu, the message suggests status, not setup" {
	run -2 cdmadm statsu
	contains 'did you mean "status"?'
}
