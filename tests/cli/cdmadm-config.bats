#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later

load common

setup()
{
	config=$BATS_TEST_TMPDIR/cdm.json
	cat >"$config" <<-'JSON'
		{ "version": 1, "classes": { "gpu": { "match": { "origin": "nvidia" }, "online": "driver" },
			"lab": { "match": { "nodes": "4-7" }, "online": "movable", "hugepages": { "2M": 64 } } },
		  "groups": { "cdm.slice": { "classes": [ "gpu", "lab" ] } } }
	JSON
}

@test "config check: prints the numbers of classes and groups, and the files that it read" {
	run -0 cdmadm --config "$config" config check
	[ "${lines[0]}" = "ok: 2 classes, 1 group ($config)" ]
	run -0 cdmadm --json --config "$config" config check
	[ "$(jq -c '[.ok, .classes, .groups, .files, .problems, (.notes | length)]' <<<"$output")" = \
		"[true,2,1,[\"$config\"],[],1]" ]
	run -0 on acpi config check
	[ "$output" = 'ok: 1 class, 1 group (built in)' ]
}

@test "config check: a mistake is reported with file, line, column and the nearest known key" {
	sed -i 's/"online": "driver"/"onlin": "driver"/' "$config"
	run -1 --separate-stderr cdmadm --config "$config" config check
	[[ $stderr =~ ^"cdmadm: config: $config:1:"[0-9]+": unknown key \"onlin\", did you mean \"online\"?"$ ]]
	echo '{ "version": 1, ' >"$config"
	run -1 --separate-stderr cdmadm --config "$config" config check
	[[ $stderr == "cdmadm: config: $config:1:17: "* ]]
	run -1 --separate-stderr cdmadm --config "$BATS_TEST_TMPDIR/none.json" config check
	[ "$stderr" = "cdmadm: config: $BATS_TEST_TMPDIR/none.json: No such file or directory" ]
}

@test "config show: prints the configuration in effect, in a form that can be read back" {
	run -0 cdmadm --config "$config" config show
	shown=$output
	[ "$(jq -c '.classes.lab.hugepages' <<<"$shown")" = '{"2M":64}' ]
	[ "$(jq -c '.groups["cdm.slice"].classes' <<<"$shown")" = '["gpu","lab"]' ]
	echo "$shown" >"$BATS_TEST_TMPDIR/shown.json"
	run -0 cdmadm --config "$BATS_TEST_TMPDIR/shown.json" config show
	json_is "$shown"
}

@test "config: --sysroot reads the configuration of the captured tree" {
	path=$(cdmadm --help | sed -n 's/.*instead of \(.*\.json\)$/\1/p')
	tree_from acpi
	mkdir -p "$tree/${path%/*}/cdm.d"
	cp "$config" "$tree/$path"
	echo '{ "version": 1, "groups": { "more.slice": { "classes": [ "lab" ] } } }' >"$tree/${path%/*}/cdm.d/10-more.json"
	run -0 cdmadm --sysroot "$tree" config check
	[ "${lines[0]}" = "ok: 2 classes, 2 groups ($path, ${path%/*}/cdm.d/10-more.json)" ]
}

# finds CONFIG PROBLEM...     config check reports exactly these problems
finds()
{
	echo "{ \"version\": 1, $1 }" >"$config"
	shift
	run -3 cdmadm --config "$config" config check
	[[ $output != ok:* ]]
	diff <(printf 'problem: %s\n' "$@") <(grep ^problem <<<"$output" | sed -E 's/(;|, which|, so that|, where).*//')
}

@test "config check: a valid setting that cannot have an effect is a problem" {
	finds '"classes": { "a": { "match": { "device": true } }, "b": { "match": { "nodes": "1" } } },
		"groups": { "cdm.slice": { "classes": [ "a" ] } }' 'class "b": no group is granted it'
	finds '"classes": { "a": { "match": { "device": true }, "hugepages": { "1G": 4, "2M": 8 } } },
		"groups": { "cdm.slice": { "classes": [ "a" ] } }' 'class "a": zone Movable'
	finds '"groups": { "cdm.slice": { "classes": [ "device" ],
		"enter": { "users": [ "root", "no-such-user", "4711" ], "groups": [ "no-such-group", "root" ] } } }' \
		'group "cdm.slice": its "enter" names the user "no-such-user"' \
		'group "cdm.slice": its "enter" names the group "no-such-group"'
	run -3 cdmadm --json --config "$config" config check
	[ "$(jq -c '[.ok, (.problems | length), .notes]' <<<"$output")" = '[false,2,[]]' ]
}

@test "config check: memory kept offline, gigantic pages in a kernel zone, users of a captured tree are no problems" {
	cat >"$config" <<-'JSON'
		{ "version": 1,
		  "classes": { "cold": { "match": { "nodes": "3" }, "online": "never" },
		    "big": { "match": { "device": true }, "online": "kernel", "hugepages": { "1G": 4 } } },
		  "groups": { "cdm.slice": { "classes": [ "big" ], "enter": { "users": [ "no-such-user" ] } } } }
	JSON
	run -0 cdmadm --config "$config" --sysroot "$trees/acpi" config check
	[ "$output" = "ok: 2 classes, 1 group ($config)" ]
}

@test "config check: notes that the configuration replaces the built-in class" {
	echo '{ "version": 1, "classes": { "gpu": { "match": { "origin": "nvidia" } } },
		"groups": { "cdm.slice": { "classes": [ "gpu" ] } } }' >"$config"
	run -0 cdmadm --config "$config" config check
	[[ ${lines[1]} == 'note: "classes" takes the place of the built-in class "device"'* ]]
}
