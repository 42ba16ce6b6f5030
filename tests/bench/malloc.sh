#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# malloc.sh PRELOAD.so EMPTY.so MALLOC-BENCH [ROUNDS]: what the preload library costs, and what the device arena gains.
# Plain runs, runs behind a peer (an interposer that only forwards calls; for device blocks, jemalloc) and preloaded
# ones take turns, so that a slow moment of the machine affects all; medians are compared.

set -eu

so=$(realpath "$1")
empty=$(realpath "$2")
bench=$3
rounds=${4:-9}
plan='3;prefer:0;+malloc,1048576,18446744073709551615,0'

behind_empty() {
	LD_PRELOAD=$empty "$bench" "$@"
}

behind_jemalloc() {
	LD_PRELOAD=libjemalloc.so.2 "$bench" "$@"
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

# compare PEER WHAT BYTES BYTES
compare() {
	peer=$1 plain='' floor='' ours='' i=0
	shift
	while [ "$i" -lt "$rounds" ]; do
		plain="$plain$("$bench" "$@")
"
		floor="$floor$("behind_$peer" "$@")
"
		ours="$ours$(preloaded "$@")
"
		i=$((i + 1))
	done
	plain=$(printf %s "$plain" | median)
	floor=$(printf %s "$floor" | median)
	ours=$(printf %s "$ours" | median)
	printf '%-5s %8s-%-8s %-8s %9s %9s %10s %9s %9s\n' "$@" "$peer" "$plain" "$floor" "$ours" "$(ratio "$ours" "$plain")" \
		"$(ratio "$ours" "$floor")"
}

printf '%-5s %17s %-8s %9s %9s %10s %9s %9s\n' what bytes peer plain/ns peer/ns preload/ns to-plain to-peer
# what no rule allows
compare empty pair 16 16
compare empty pair 64 576
compare empty pair 4096 4096
compare empty ring 64 576
compare empty ring 4096 4096
# device blocks
compare jemalloc pair 1048576 1048576
compare jemalloc ring 1048576 4194304
plan='3;prefer:0;+malloc,1,18446744073709551615,0'
compare jemalloc pair 64 576
compare jemalloc ring 64 576
plan='3;prefer:0;+malloc,1048576,18446744073709551615,0'
vmas=$(preloaded vmas 1048576 4194304)
printf 'VMAs of 10,000 device blocks of 1 to 4 MiB: %s\n' "$vmas"
[ "$vmas" -gt 0 ] || { echo "$so does not follow the plan" >&2; exit 1; }
