#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-again: arch=aarch64,ppc64le init=plain nodes=1 ram=1536 timeout=900 cmdline=cdm.times=100
# The tests of tests/unit that run traced programs, on other architectures, which have other registers: restarted calls,
# signals, threads, exec.

bats_require_minimum_version 1.5.0
load guest

# passes NAME
passes()
{
	cd "${BATS_TEST_DIRNAME%/tests/vm}" || return
	run env CDM_TEST_TIMES="$(boot_number cdm.times 3)" timeout 800 "${VM_STAGE%/stage}/tests/unit/$1"
	echo "$output" | grep -v '^ok'
	[ "$status" = 0 ]
}

@test "tests/unit/trace passes" {
	passes trace
}

@test "tests/unit/trace-watch passes" {
	passes trace-watch
}

@test "tests/unit/attach passes" {
	passes attach
}
