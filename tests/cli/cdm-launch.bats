#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong usage of cdm-launch gives one line and status 125, and starts no program.

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

@test "with --json before or after the mistake, wrong usage is reported as JSON" {
	for mistake in --bogus '--fork maybe' '--strict -P prefer'; do
		# shellcheck disable=SC2086
		for words in "--json $mistake" "$mistake --json"; do
			run -125 --separate-stderr "$launch" $words touch "$BATS_TEST_TMPDIR/started"
			[ -z "$output" ]
			[ "${#stderr_lines[@]}" -eq 1 ]
			jq -e '.error | strings' <<<"$stderr"
		done
	done
	run -125 --separate-stderr "$launch" --json touch "$BATS_TEST_TMPDIR/started"
	[ "$stderr" = '{"error":"--json goes with --dry-run or --report"}' ]
	# A --json after the program's name belongs to the program.
	run -125 --separate-stderr "$launch" --bogus touch --json
	[[ $stderr == 'cdm-launch: --bogus: unknown option'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/started" ]
}

@test "--strict and another policy contradict each other, in any order" {
	for policy in prefer interleave weighted; do
		both="--strict and --policy $policy contradict each other: --strict is --policy bind, drop one"
		refuses "$both" --strict --policy "$policy"
		refuses "$both" -P "$policy" --strict
		refuses "--strict and policy=$policy of a rule contradict each other: drop one, or say policy=bind of the rules that are strict" \
			--strict --allow malloc,policy="$policy"
	done
	# --strict and bind agree, so the error is the next mistake: --move without --attach.
	refuses '--move goes with --attach' --strict --policy bind --allow malloc,policy=bind --move
	refuses '--move goes with --attach' -P prefer -P bind --strict --move
}

@test "error messages escape control characters in arguments" {
	for words in $'--\x1b[2J' $'-g \x1b[2J' $'-P \x1b[2J' $'-m \x1b[2J' $'-a \x1b[2J' $'-p \x1b[2J' $'-w\x1b[2J' \
		$'--fork \x1b[2J' $'--attach \x1b[2J' $'--config /\x1b[2J' $'-p /\x1b[2J' $'/\x1b[2J'; do
		# shellcheck disable=SC2086
		run --separate-stderr "$launch" $words true
		((status == 125 || status == 127))
		[[ $stderr != *$'\x1b'* ]] || { echo "$words: $stderr"; return 1; }
	done
}

@test "the error for a wrong value of --fork, --report or --allow says what is expected" {
	refuses '--fork: unknown value "maybe"; known: keep, dontfork' --fork maybe
	refuses '--report=: no file named; without one it goes to standard error' --report=
	refuses "--allow '!malloc,thp=never': column 9: \"thp\" says where to, and a rule with ! places nothing" \
		--allow '!malloc,thp=never'
}
