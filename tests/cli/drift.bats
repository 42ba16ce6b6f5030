#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs, man pages, completions and schemas agree.

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

# The long options in a text of --help; references such as "see cdmadm --help" do not count.
long_options()
{
	sed 's/see [a-z-]* --help//' | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

# What --help of the program and of its verbs prints.
program_help()
{
	"$build/$1" --help
	if [[ $1 == cdmadm ]]; then
		echo --list-verbs
		for verb in $("$build/cdmadm" --list-verbs); do
			"$build/cdmadm" "$verb" --help
		done
	fi
}

program_options()
{
	program_help "$1" | long_options
}

# The options that the man page defines: bold words in a line that begins with a bold word.
page_options()
{
	grep -E '^\*[^*]' "$root/man/${page[$1]}.scd" | grep -oE '\*--[a-z][a-z-]*' | tr -d '*' | sort -u
}

# all_in MESSAGE LIST1 LIST2     fails with MESSAGE if a line of LIST1 is not in LIST2
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
			# fish writes -l NAME for --NAME; options of other programs that the file calls do not count.
			offered=$(sed -E '/^ *#/d; s/__fish_complete_subcommand -- [^)]*//; s/ -l ([a-z-]+)/ --\1/g;
				s/cdmadm --list-verbs//' "$root/completions/$file" | long_options)
			all_in "$file: not offered" "$(program_options "$program")" "$offered"
			all_in "$file: no such option" "$offered" "$(program_options "$program")"
		done
	done
}

@test "cdmadm(8) has one paragraph per verb, in the order of the help, and no others" {
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

@test "every short option of a program or a verb is in the man page, with its long option" {
	for program in "${!page[@]}"; do
		shorts=$(program_help "$program" | grep -oE '^ +-[a-zA-Z], --[a-z-]+' | sort -u)
		while read -r short long; do
			grep -qE "^\*(${short%,}\*, \*$long|[a-z]+\* .*\[\*${short%,}\*[|]\*$long)\*" "$root/man/${page[$program]}.scd" ||
				{ echo "$program: ${short%,} $long"; return 1; }
		done <<<"$shorts"
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
