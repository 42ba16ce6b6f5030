#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# object.sh PRELOAD.so: the library needs libc alone and shows nothing but what it interposes.

set -u

so=$(realpath "$1")
number=0
failed=0

# equal NAME WANTED FOUND
equal() {
	number=$((number + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $number - $1"
	else
		printf '# wanted: %s\n# found:  %s\nnot ok %d - %s\n' "$2" "$3" "$number" "$1"
		failed=1
	fi
}

equal 'needs libc alone' 'libc.so.6' \
	"$(readelf -dW "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux' | tr '\n' ' ' | sed 's/ $//')"
equal 'exports the interposed symbols' \
	'aligned_alloc calloc dlclose dlopen free free_aligned_sized free_sized malloc malloc_usable_size memalign mmap mmap64 mprotect mremap pkey_mprotect posix_memalign prctl pvalloc realloc reallocarray shmat sigaction signal valloc' \
	"$(nm -D --defined-only "$so" | awk '{ print $3 }' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
equal 'has no text relocations' '' "$(readelf -dW "$so" | grep TEXTREL)"
equal 'asks for no executable stack' '' "$(readelf -lW "$so" | grep 'GNU_STACK.*E ')"

# MALLOC_CONF makes a jemalloc print a lot; the one inside the library must stay silent.
equal 'is silent' '' \
	"$(LD_PRELOAD=$so MALLOC_CONF=confirm_conf:true,stats_print:true,bogus:1 \
		CDM_LAUNCH_PLAN='3;prefer:0;+malloc,1,1000000,0' ls / 2>&1 >/dev/null)"

echo "1..$number"
exit $failed
