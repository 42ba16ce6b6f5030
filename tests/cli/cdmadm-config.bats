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

@test "config check: counts, and the files it read" {
	run -0 cdmadm --config "$config" config check
	[ "$output" = "ok: 2 classes, 1 group ($config)" ]
	run -0 cdmadm --json --config "$config" config check
	json_is "{ \"ok\": true, \"classes\": 2, \"groups\": 1, \"files\": [ \"$config\" ] }"
	run -0 on acpi config check
	[ "$output" = 'ok: 1 class, 1 group (built in)' ]
}

@test "config check: file, line, column and the nearest known key" {
	sed -i 's/"online": "driver"/"onlin": "driver"/' "$config"
	run -1 --separate-stderr cdmadm --config "$config" config check
	[[ $stderr =~ ^"cdmadm: config: $config:1:"[0-9]+": unknown key \"onlin\", did you mean \"online\"?"$ ]]
	echo '{ "version": 1, ' >"$config"
	run -1 --separate-stderr cdmadm --config "$config" config check
	[[ $stderr == "cdmadm: config: $config:1:17: "* ]]
	run -1 --separate-stderr cdmadm --config "$BATS_TEST_TMPDIR/none.json" config check
	[ "$stderr" = "cdmadm: config: $BATS_TEST_TMPDIR/none.json: No such file or directory" ]
}

@test "config show: what is in effect, and it can be read back" {
	run -0 cdmadm --config "$config" config show
	shown=$output
	[ "$(jq -c '.classes.lab.hugepages' <<<"$shown")" = '{"2M":64}' ]
	[ "$(jq -c '.groups["cdm.slice"].classes' <<<"$shown")" = '["gpu","lab"]' ]
	echo "$shown" >"$BATS_TEST_TMPDIR/shown.json"
	run -0 cdmadm --config "$BATS_TEST_TMPDIR/shown.json" config show
	json_is "$shown"
}

@test "config: a captured tree brings its own" {
	path=$(cdmadm --help | sed -n 's/.*instead of \(.*\.json\)$/\1/p')
	tree_from acpi
	mkdir -p "$tree/${path%/*}/cdm.d"
	cp "$config" "$tree/$path"
	echo '{ "version": 1, "groups": { "more.slice": { "classes": [ "lab" ] } } }' >"$tree/${path%/*}/cdm.d/10-more.json"
	run -0 cdmadm --sysroot "$tree" config check
	[ "$output" = "ok: 2 classes, 2 groups ($path, ${path%/*}/cdm.d/10-more.json)" ]
}
