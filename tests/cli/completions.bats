#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What each shell's completion offers at the cursor.

bats_require_minimum_version 1.5.0

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	PATH=${CDM_BUILD:-$root/build}:$PATH
	verbs=$(cdmadm --list-verbs)
	[ -n "$verbs" ]
}

# bash_offers WORD...     prints the completions of the last word
bash_offers()
{
	# shellcheck disable=SC2016
	bash -c '. "$1/completions/bash/$2"; shift
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		"_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' bash "$root" "$@" | sort
}

fish_offers()
{
	fish --no-config -c "source $root/completions/fish/$1.fish; complete -C '$*'" | cut -f1 | sort
}

# zsh completes only in its line editor: zsh-offers runs one on a pseudo terminal and prints its matches.
zsh_offers()
{
	zsh -f "$BATS_TEST_DIRNAME/zsh-offers" "$root/completions/zsh" "$*" | sort
}

same()
{
	diff <(sort <<<"$1") <(echo "$2")
}

has()
{
	grep -qxF -e "$1" <<<"$2" || { echo "no $1 among:" $2; return 1; }
}

@test "bash completes verbs, options and values" {
	same "$verbs" "$(bash_offers cdmadm "" | grep -v ^-)"
	same setup "$(bash_offers cdmadm --config x se)"
	has --explain "$(bash_offers cdmadm --json nodes --)"
	has --sysroot "$(bash_offers cdmadm nodes --)"
	same "$root/README.md" "$(bash_offers cdmadm nodes --config "$root/READ")"
	same $'check\nshow' "$(bash_offers cdmadm config "" | grep -v ^-)"
	same weighted "$(bash_offers cdm-launch --policy w)"
	same weighted "$(bash_offers cdm-launch --policy = w)"
	has --strict "$(bash_offers cdm-launch --group x --)"
	has bash "$(bash_offers cdm-launch --strict ba)"
	same --config "$(bash_offers cdmd --c)"
}

@test "fish completes verbs, options and values" {
	same "$verbs" "$(fish_offers cdmadm '')"
	has --explain "$(fish_offers cdmadm nodes --)"
	has --sysroot "$(fish_offers cdmadm nodes --)"
	same $'check\nshow' "$(fish_offers cdmadm config '')"
	same weighted "$(fish_offers cdm-launch --policy w)"
	has --strict "$(fish_offers cdm-launch --group x --)"
	has bash "$(fish_offers cdm-launch --group x --strict ba)"
	same --config "$(fish_offers cdmd --c)"
}

@test "zsh completes verbs, options and values" {
	same "$verbs" "$(zsh_offers cdmadm '')"
	has --explain "$(zsh_offers cdmadm nodes --)"
	has --sysroot "$(zsh_offers cdmadm nodes --)"
	same $'check\nshow' "$(zsh_offers cdmadm config '')"
	same weighted "$(zsh_offers cdm-launch --policy w)"
	has --strict "$(zsh_offers cdm-launch --group x --)"
	has bash "$(zsh_offers cdm-launch --group x --strict ba)"
	same --config "$(zsh_offers cdmd --c)"
}
