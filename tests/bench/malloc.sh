#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# malloc.sh PRELOAD.so MALLOC-BENCH [ROUNDS]: what the preload library costs, and what the device arena gains.
# Plain and preloaded runs alternate, so that a slow moment of the machine meets both; medians are compared.

set -eu

so=$(realpath "$1")
bench=$2
rounds=${3:-9}
plan='3;prefer:0;+malloc,1048576,18446744073709551615,0'

preloaded() {
	CDM_LAUNCH_PLAN=$plan LD_PRELOAD=$so "$bench" "$@"
}

median() {
	sort -n | sed -n "$((rounds / 2 + 1))p"
}

compare() {
	plain='' ours='' i=0
	while [ "$i" -lt "$rounds" ]; do
		plain="$plain$("$bench" "$@")
"
		ours="$ours$(preloaded "$@")
"
		i=$((i + 1))
	done
	plain=$(printf %s "$plain" | median)
	ours=$(printf %s "$ours" | median)
	printf '%-5s %8s-%-8s %10s %10s %7s\n' "$@" "$plain" "$ours" "$(awk "BEGIN { printf \"%.3f\", $ours / $plain }")"
}

printf '%-5s %17s %10s %10s %7s\n' what bytes plain/ns preload/ns ratio
compare pair 16 16
compare pair 64 576
compare pair 4096 4096
compare ring 64 576
compare ring 4096 4096
compare pair 1048576 1048576
compare ring 1048576 4194304
printf 'VMAs of 10,000 device blocks of 1 to 4 MiB: %s\n' "$(preloaded vmas 1048576 4194304)"
