#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cdmadm's command line: arguments, exit statuses, failures to write the output.

load common

# Runs cdmadm without root privileges. If the tests run as root, it runs a copy that user 65534 can reach.
as_nobody()
{
	local dir=$BATS_FILE_TMPDIR/nobody

	if ((EUID != 0)); then
		cdmadm "$@"
		return
	fi
	dir=$(mktemp -d /tmp/cdmadm-test.XXXXXX)
	install -m 755 "$CDM_BUILD/cdmadm" "$dir/cdmadm"
	chmod 755 "$dir"
	local status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/cdmadm" "$@" || status=$?
	rm -rf "$dir"
	return "$status"
}

# refuses STATUS MESSAGE COMMAND...     one line on standard error, nothing on standard output
refuses()
{
	local want=$1 message=$2

	shift 2
	run "-$want" --separate-stderr "$@"
	[ "$stderr" = "$message" ] || { echo "not: $message"; echo "but: $stderr"; return 1; }
	[ -z "$output" ]
}

@test "the help lists exactly the verbs, and each verb has its own help" {
	run -0 cdmadm --list-verbs
	verbs=("${lines[@]}")
	((${#verbs[@]} >= 9))
	run -0 cdmadm --help
	for verb in "${verbs[@]}"; do
		grep -Eq "^  $verb( |\$)" <<<"$output"
		cdmadm "$verb" --help | grep -q "^Usage: cdmadm $verb "
	done
	# The help lists nothing else.
	[ "$(sed -n '/^Verbs:/,/^$/p' <<<"$output" | grep -c '^  ')" -eq "${#verbs[@]}" ]
}

@test "--version prints the version in configure.ac" {
	run -0 cdmadm --version
	[ "$output" = "cdmadm $(sed -n 's/^AC_INIT(\[cdm-tools\], \[\(.*\)\])$/\1/p' "$top/configure.ac")" ]
}

@test "an unknown verb or option fails with status 2, and the message suggests the nearest one" {
	refuses 2 'cdmadm: unknown verb "nods", did you mean "nodes"?' cdmadm nods
	refuses 2 'cdmadm: unknown option "--jsno", did you mean "--json"?' cdmadm --jsno nodes
	refuses 2 'cdmadm: unknown option "-x"' cdmadm -x nodes
	refuses 2 'cdmadm: nodes: unknown option "--explian", did you mean "--explain"?' cdmadm nodes --explian
	refuses 2 'cdmadm: config: unknown word "shwo", did you mean "show"?' cdmadm config shwo
}

@test "a missing or superfluous argument is wrong usage" {
	refuses 2 'cdmadm: needs a verb; see cdmadm --help' cdmadm
	refuses 2 'cdmadm: option "--config" needs an argument: FILE' cdmadm --config
	refuses 2 'cdmadm: option "--json" takes no argument' cdmadm --json=yes nodes
	refuses 2 'cdmadm: config: needs check|show' cdmadm config
	refuses 2 'cdmadm: map: needs PID' cdmadm map
	refuses 2 'cdmadm: map: "x1" is not a process id' cdmadm map x1
	refuses 2 'cdmadm: nodes: unexpected argument "1"' cdmadm nodes 1
	for verb in online offline drain; do
		refuses 2 "cdmadm: $verb: needs NODE" cdmadm "$verb"
		refuses 2 "cdmadm: $verb: unexpected argument \"2\"" cdmadm "$verb" 1 2
	done
	refuses 2 'cdmadm: offline: option "--timeout" needs an argument: SECONDS' cdmadm offline 1 --timeout
	refuses 2 'cdmadm: online: unknown option "--timeout"' cdmadm online --timeout 1 1
}

@test "--sysroot of a directory that does not exist is an error" {
	refuses 1 "cdmadm: nodes: --sysroot $BATS_TEST_TMPDIR/none: No such file or directory" \
		cdmadm --sysroot "$BATS_TEST_TMPDIR/none" nodes
}

@test "common options are accepted before and after the verb" {
	config=$BATS_TEST_TMPDIR/none.json
	printf '{ "version": 1, "classes": {}, "groups": {} }\n' >"$config"
	tree=$trees/acpi
	want=$(cdmadm --sysroot "$tree" --json --config "$config" nodes)
	jq -e '[.nodes[].class] | length == 3 and all(. == "system")' <<<"$want"
	[ "$want" = "$(cdmadm nodes --sysroot "$tree" --json --config "$config")" ]
	[ "$want" = "$(cdmadm -j nodes -c "$config" --sysroot="$tree")" ]
	# The last value of an option counts.
	[ "$want" = "$(cdmadm --sysroot /none --config /none nodes -j --config "$config" --sysroot "$tree")" ]
	[ "$(cdmadm --version)" = "$(cdmadm nodes --version)" ]
}

# fails_as_json STATUS MESSAGE VERB COMMAND...     one object, and no other line, on standard error
fails_as_json()
{
	local want=$1 message=$2 verb=$3

	shift 3
	run "-$want" --separate-stderr "$@"
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	output=$stderr
	json_is "$(jq -n --arg error "$message" --arg verb "$verb" \
		'{ error: $error } + if $verb == "" then {} else { verb: $verb } end')"
}

@test "with --json, failures and wrong usage are reported as JSON" {
	fails_as_json 1 'no process 4711' map cdmadm --sysroot "$trees/acpi" --json map 4711
	fails_as_json 1 'no process 4711' map cdmadm map --sysroot "$trees/acpi" 4711 -j
	fails_as_json 2 'unknown verb "nods", did you mean "nodes"?' '' cdmadm nods --json
	fails_as_json 2 'unknown option "--explian", did you mean "--explain"?' nodes cdmadm --json nodes --explian
	fails_as_json 2 'unknown option "--explian", did you mean "--explain"?' nodes cdmadm nodes --explian --json
	fails_as_json 2 'needs a verb; see cdmadm --help' '' cdmadm --json
	fails_as_json 1 'a captured tree (--sysroot) is only read, never changed: leave --sysroot out' apply \
		on acpi --json apply
	fails_as_json 2 $'unknown verb "b\xc3\xa4\\x1b[2J"; known: '"$(cdmadm --list-verbs | paste -sd, | sed 's/,/, /g')" '' \
		cdmadm --json $'b\xc3\xa4\x1b[2J'
}

@test "messages escape control characters in arguments and in the configuration" {
	local told

	for words in $'\x1b[2J' $'--\x1b[2J' $'nodes --\x1b[2J' $'map \x1b[2J' $'offline \x1b[2J' $'config \x1b[2J' \
		$'--sysroot /\x1b[2J nodes' $'config check -c /\x1b[2J' $'wait \x1b[2J' $'wait -g \x1b[2J'; do
		# shellcheck disable=SC2086
		run --separate-stderr cdmadm $words
		((status == 1 || status == 2))
		told='\x1b[2J'
		((EUID == 0)) || [[ $words != offline* ]] || told="must be root"
		[[ $stderr == *"$told"* && $stderr$output != *$'\x1b'* ]] || { echo "$words: $stderr"; return 1; }
	done
	config=$BATS_TEST_TMPDIR/$'a\x1b[2J.json'
	printf '{ "version": 1 }\n' >"$config"
	run -0 cdmadm --config "$config" config check
	contains 'a\x1b[2J.json'
	printf '{ "version": 1, "classes": { "\\u001b[2J": {} } }\n' >"$config"
	run -1 cdmadm --config "$config" config check
	contains '\x1b[2J'
	[[ $output != *$'\x1b'* ]]
}

@test "verbs that change the system refuse a captured tree" {
	for verb in apply setup teardown 'online 1' 'offline 1' 'drain 1'; do
		# shellcheck disable=SC2086
		refuses 1 "cdmadm: ${verb% *}: a captured tree (--sysroot) is only read, never changed: leave --sysroot out" \
			on acpi $verb
	done
}

@test "verbs that need root refuse unprivileged users, and say why" {
	refuses 1 'cdmadm: apply: must be root (it writes cpuset.mems): run it with sudo' as_nobody apply
	refuses 1 'cdmadm: apply: must be root (it writes cpuset.mems): run it with sudo' as_nobody apply --fence
	for verb in offline drain; do
		refuses 1 "cdmadm: $verb: must be root (it moves pages and writes cpuset.mems): run it with sudo" \
			as_nobody "$verb" 1
	done
	refuses 1 'cdmadm: online: must be root (it writes cpuset.mems): run it with sudo' as_nobody online 1
	refuses 1 'cdmadm: setup: must be root (it writes cpuset.mems and files below /etc): run it with sudo' \
		as_nobody setup
	refuses 1 'cdmadm: teardown: must be root (it writes cpuset.mems and removes files below /etc): run it with sudo' \
		as_nobody teardown
	refuses 1 'cdmadm: audit: must be root (it reads the memory maps of every process): run it with sudo' \
		as_nobody audit
}

@test "a mistake in the configuration stops every verb that reads it; the message has line and column" {
	printf '{ "version": 1,\n  "classez": {} }\n' >"$BATS_TEST_TMPDIR/bad.json"
	for verb in nodes groups plan audit 'map 1' 'config check' 'config show'; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr on acpi-online --config "$BATS_TEST_TMPDIR/bad.json" $verb
		[ "$stderr" = "cdmadm: ${verb%% *}: $BATS_TEST_TMPDIR/bad.json:2:3: unknown key \"classez\", did you mean \"classes\"?" ]
		[ -z "$output" ]
	done
}

@test "a verb fails if its output cannot be written (ENOSPC)" {
	for verb in nodes groups plan audit 'config show' '--json nodes' '--json plan' '--help' '--list-verbs'; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr bash -c '"$@" >/dev/full' - "$CDM_BUILD/cdmadm" --sysroot "$trees/acpi" $verb
		message=$stderr
		[[ $verb != *--json* ]] || message="cdmadm: $(jq -r .error <<<"$stderr")"
		[[ $message == cdmadm:*"writing to standard output: No space left on device" ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
}

@test "if the reader of the output has gone, verbs print no error and keep their exit status" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec 4<>"$BATS_TEST_TMPDIR/pipe" 5>"$BATS_TEST_TMPDIR/pipe" 4<&-
	for verb in nodes groups plan audit 'config show' '--json nodes' '--json audit' '--help' '--list-verbs'; do
		# shellcheck disable=SC2086
		cdmadm --sysroot "$trees/acpi-online" $verb >/dev/null || want=$?
		# shellcheck disable=SC2086
		run "-${want:-0}" --separate-stderr bash -c '"$@" >&5' - "$CDM_BUILD/cdmadm" --sysroot "$trees/acpi-online" $verb
		[ -z "$stderr" ]
		unset want
	done
	# The same for the help of the other programs.
	for program in 'cdm-launch --help' 'cdmd --help'; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr bash -c '"$@" >&5' - "$CDM_BUILD/"$program
		[ -z "$stderr" ]
	done
	exec 5>&-
}
