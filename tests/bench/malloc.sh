#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# malloc.sh PRELOAD.so EMPTY.so MALLOC-BENCH [ROUNDS]: what the preload library costs, and what the device arena gains.
# Plain runs, runs behind an interposer that only calls on, and preloaded ones take turns, so that a slow moment of the
# machine meets all; medians are compared.

set -eu

so=$(realpath "$1")
empty=$(realpath "$2")
bench=$3
rounds=${4:-9}
plan='3;prefer:0;+malloc,1048576,18446744073709551615,0'

behind_empty() {
	LD_PRELOAD=$empty "$bench" "$@"
}

preloaded() {
	CDM_LAUNCH_PLAN=$plan LD_PRELOAD=$so "$bench" "$@"
}

median() {
	sort -n | sed -n "$((rounds / 2 + 1))p"
}

ratio() {
	awk "BEGIN { printf \"%.3f\", $1 / $2 }"
}

compare() {
	plain='' floor='' ours='' i=0
	while [ "$i" -lt "$rounds" ]; do
		plain="$plain$("$bench" "$@")
"
		floor="$floor$(behind_empty "$@")
"
		ours="$ours$(preloaded "$@")
"
		i=$((i + 1))
	done
	plain=$(printf %s "$plain" | median)
	floor=$(printf %s "$floor" | median)
	ours=$(printf %s "$ours" | median)
	printf '%-5s %8s-%-8s %9s %9s %10s %9s %9s\n' "$@" "$plain" "$floor" "$ours" "$(ratio "$ours" "$plain")" \
		"$(ratio "$ours" "$floor")"
}

printf '%-5s %17s %9s %9s %10s %9s %9s\n' what bytes plain/ns empty/ns preload/ns to-plain to-empty
compare pair 16 16
compare pair 64 576
compare pair 4096 4096
compare ring 64 576
compare ring 4096 4096
compare pair 1048576 1048576
compare ring 1048576 4194304
vmas=$(preloaded vmas 1048576 4194304)
printf 'VMAs of 10,000 device blocks of 1 to 4 MiB: %s\n' "$vmas"
[ "$vmas" -gt 0 ] || { echo "$so has not taken the plan" >&2; exit 1; }
