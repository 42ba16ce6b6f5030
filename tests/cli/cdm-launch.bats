#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong usage of cdm-launch: one line, status 125, and nothing was started.

bats_require_minimum_version 1.5.0

setup()
{
	launch=${CDM_BUILD:-$BATS_TEST_DIRNAME/../../build}/cdm-launch
}

# refuses MESSAGE ARG...
refuses()
{
	local want=$1

	shift
	run -125 --separate-stderr "$launch" "$@" touch "$BATS_TEST_TMPDIR/started"
	[ "$stderr" = "cdm-launch: $want" ] || { echo "$stderr"; return 1; }
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "report and fork say what they want" {
	refuses '--fork maybe: children keep device memory, or not: keep or dontfork' --fork maybe
	refuses '--report=: no file named; without one it goes to standard error' --report=
	refuses '--json goes with --dry-run or --report' --json
	refuses "--allow '!malloc,thp=never': column 9: \"thp\" says where to, and a rule with ! places nothing" \
		--allow '!malloc,thp=never'
}
