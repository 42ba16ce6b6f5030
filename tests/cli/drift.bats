#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs, man pages and completions say the same.

bats_require_minimum_version 1.5.0

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	build=${CDM_BUILD:-$root/build}
	declare -gA page=([cdm-launch]=cdm-launch.1 [cdmadm]=cdmadm.8 [cdmd]=cdmd.8)
	for program in "${!page[@]}"; do
		[ -x "$build/$program" ] || { echo "$build/$program is not built"; return 1; }
	done
}

# Long options in a text of --help, the program's name in between ("see cdmadm --help") left out.
long_options()
{
	sed 's/see [a-z-]* --help//' | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

# Options of the program, and of its verbs: each one that --help shows.
program_options()
{
	{
		"$build/$1" --help
		if [[ $1 == cdmadm ]]; then
			echo --list-verbs
			for verb in $("$build/cdmadm" --list-verbs); do
				"$build/cdmadm" "$verb" --help
			done
		fi
	} | long_options
}

# Options that the man page defines: a bold word at the start of a paragraph, or in the line that names a verb. The last
# sed undoes scdoc's escapes.
page_options()
{
	grep -E '^\*[^*]' "$root/man/${page[$1]}.scd" | grep -oE '\*--[a-z][a-z-]*' | tr -d '*' | sort -u
}

# All that is in the first list and not in the second, which must be nothing.
all_in()
{
	local missing

	missing=$(comm -23 <(echo "$2") <(echo "$3"))
	[ -z "$missing" ] || { echo "$1:" $missing; return 1; }
}

@test "every option is in the man page, and the man page has no other" {
	for program in "${!page[@]}"; do
		[ -n "$(program_options "$program")" ]
		all_in "$program: not in its man page" "$(program_options "$program")" "$(page_options "$program")"
		all_in "$program: only in its man page" "$(page_options "$program")" "$(program_options "$program")"
	done
}

@test "every option is in each completion, and no completion has another" {
	for program in "${!page[@]}"; do
		for file in "bash/$program" "zsh/_$program" "fish/$program.fish"; do
			# What fish calls -l NAME; and not what it calls other programs with.
			offered=$(sed -E '/^ *#/d; s/__fish_complete_subcommand -- [^)]*//; s/ -l ([a-z-]+)/ --\1/g;
				s/cdmadm --list-verbs//' "$root/completions/$file" | long_options)
			all_in "$file: not offered" "$(program_options "$program")" "$offered"
			all_in "$file: no such option" "$offered" "$(program_options "$program")"
		done
	done
}

@test "every verb has its paragraph in cdmadm(8), in the order of the help, and no other has" {
	verbs=$("$build/cdmadm" --list-verbs)
	[ -n "$verbs" ]
	described=$(sed -n '/^# VERBS/,/^# UNITS/p' "$root/man/cdmadm.8.scd" | sed -nE 's/^\*([a-z]+)\*.*/\1/p')
	diff <(echo "$verbs") <(echo "$described")
}

@test "the help shows every verb" {
	for verb in $("$build/cdmadm" --list-verbs); do
		"$build/cdmadm" --help | grep -qE "^  $verb( |$)"
	done
}

@test "every short option is in the man page, with its long one" {
	for program in "${!page[@]}"; do
		"$build/$program" --help | grep -oE '^ +-[a-zA-Z], --[a-z-]+' | while read -r short long; do
			grep -qE "^\*${short%,}\*, \*$long\*" "$root/man/${page[$program]}.scd" ||
				{ echo "$program: ${short%,} $long"; return 1; }
		done
	done
}

@test "every rule kind, key and policy of the schema is in cdm-launch(1) and its help" {
	schema=$root/src/libcdm/rules/profile.schema.json
	words=$(jq -r '.properties.allow.items.pattern, .properties.policy.enum[]' "$schema" | sed 's/\[[^]]*\]//g' |
		grep -oE '[a-z]+' | sort -u)
	for word in $words; do
		grep -qE "[*_]${word}[*_]" "$root/man/cdm-launch.1.scd" || { echo "$word: not in cdm-launch(1)"; return 1; }
		"$build/cdm-launch" --help | grep -qw "$word" || { echo "$word: not in the help"; return 1; }
	done
	[[ $words == *malloc* && $words == *min* && $words == *symbol* && $words == *weighted* ]]
}

@test "every key of the schema is in cdm.json(5), and the page has no other" {
	schema=$(jq -r '[.properties, ."$defs".class.properties, ."$defs".match.properties, ."$defs".group.properties]
		| map(keys) | flatten | unique[]' "$root/src/libcdm/config/cdm.schema.json" | sort -u)
	described=$(sed -n '/^# KEYS/,/^# WITHOUT/p' "$root/man/cdm.json.5.scd" | grep -E '^\*' | grep -oE '[$a-z_]+' | sort -u)
	diff <(echo "$schema") <(echo "$described")
}
