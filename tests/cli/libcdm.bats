#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The public library as its users see it: header, symbols, man pages and pkg-config agree; the examples compile and run.

bats_require_minimum_version 1.5.0

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	build=${CDM_BUILD:-$root/build}
	stage=${CDM_STAGE:-$build/stage}
	so=$build/libcdm.so.0
	[ -f "$so" ]
}

# The functions that the header declares, one a line.
declared()
{
	grep -oE '\bcdm_[a-z_]+\(' <(sed 's|/\*.*\*/||; /^ \*/d; /^\/\*/d' "$root/src/libcdm/api/cdm.h") | tr -d '(' | sort -u
}

exported()
{
	nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort
}

@test "the header, the symbol list and the library have the same functions" {
	[[ $(declared) == *cdm_alloc* ]]
	diff <(declared) <(exported)
	diff <(declared) <(grep -oE '\bcdm_[a-z_]+;' "$root/src/libcdm/api/libcdm.map" | tr -d ';' | sort)
}

@test "every function has a man page of its name with its declaration, and there is no other page or declaration" {
	[ -n "$(command -v scdoc)" ]
	diff <(declared) <(cd "$build/man" && ls cdm_*.3 | sed 's/\.3$//' | sort)
	for page in "$root"/man/cdm_*.3.scd; do
		sed -n '/^# SYNOPSIS/,/^# DESCRIPTION/p' "$page"
	done | grep -oE '^[a-z].*\bcdm_[a-z_]+\(.*\);' | sort -u >"$BATS_TEST_TMPDIR/described"
	grep -oE '^[a-z].*\bcdm_[a-z_]+\(.*\);' "$root/src/libcdm/api/cdm.h" | sort -u | diff - "$BATS_TEST_TMPDIR/described"
	for page in "$root"/man/cdm_*.3.scd; do
		grep -q "\*$(basename "$page" .3.scd)\*(3)" "$root/man/libcdm.3.scd"
	done
}

@test "every flag and every structure of the header is in a man page" {
	for word in $(grep -oE '\bCDM_[A-Z_]+' "$root/src/libcdm/api/cdm.h" | grep -vE '^CDM_H$' | sort -u); do
		grep -qF "*$word*" "$root"/man/cdm_*.3.scd || { echo "$word"; false; }
	done
	for page in "$root"/man/cdm_*.3.scd; do
		sed -n '/^struct .* {$/,/^};$/p' "$page"
	done >"$BATS_TEST_TMPDIR/structures"
	diff <(sed -n '/^struct .* {$/,/^};$/p' "$root/src/libcdm/api/cdm.h") "$BATS_TEST_TMPDIR/structures"
}

@test "the library needs libc and jansson only, and imports nothing that prints, exits, forks or handles signals" {
	diff <(printf '%s\n' libc.so.6 libjansson.so.4) <(objdump -p "$so" | awk '$1 == "NEEDED" { print $2 }' | sort | grep -vE '^lib(a|ub)san')
	objdump -p "$so" | grep -qE 'SONAME +libcdm\.so\.0$'
	run -1 grep -wE 'exit|_exit|abort|std(out|err)|puts|printf|__printf_chk|perror|sigaction|signal|fork|system' \
		<(nm -D --undefined-only "$so" | sed 's/@.*//')
}

# installed CC FLAGS... SOURCE     compiles SOURCE with the flags of pkg-config, against the staged installation
installed()
{
	local flags

	export PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_PATH
	PKG_CONFIG_PATH=$(dirname "$(find "$stage" -name cdm.pc)")
	flags=$(pkg-config --cflags --libs cdm)
	# A library that is built with sanitizers needs programs that are built with them.
	if objdump -p "$so" | grep -q libasan; then flags+=" -fsanitize=address,undefined"; fi
	# shellcheck disable=SC2086
	"$@" -Wall -Wextra -Werror -o "$BATS_TEST_TMPDIR/a.out" $flags
}

# The directory of the examples that are installed as documentation.
examples()
{
	find "$stage" -path '*/doc/cdm-tools/examples' -type d
}

run_example()
{
	LD_LIBRARY_PATH=$(dirname "$(find "$stage" -name libcdm.so.0)") run -0 "$BATS_TEST_TMPDIR/a.out"
	echo "$output"
}

@test "the C example compiles and runs" {
	installed cc "$(examples)/three-lines.c"
	run_example
	[ "$output" = "pages on device nodes: 0 of 16384" ]
}

@test "the C++ example compiles and runs, and cdm.hpp does what the standard requires" {
	installed c++ -std=c++17 -Wshadow "$(examples)/vector.cpp"
	run_example
	[ "$output" = $'1048576 1048576 961\npages on device nodes: 0 of 2048' ]
	installed c++ -std=c++17 -Wshadow "$root/tests/cli/resource.cpp"
	run_example
	[ "$output" = well ]
}

@test "the OpenMP example compiles and runs" {
	installed cc -O1 -fopenmp "$(examples)/openmp.c"
	run_example
	[ "$output" = $'pages on device nodes: 0 of 16384\npages on system nodes: 16384\n29360128' ]
}

@test "cdm.h compiles alone as C99 and as C++11" {
	for language in c++ c; do
		[[ $language == c ]] && std="c99" || std="c++11"
		echo '#include <cdm.h>' | cc -x "$language" -std=$std -pedantic -Wall -Wextra -Werror -I"$root/src/libcdm/api" -fsyntax-only -
	done
}
