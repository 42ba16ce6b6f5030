#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/layers (make lint): each test puts one kind of mistake into a copy of the sources, which must be found.

bats_require_minimum_version 1.5.0

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	mkdir "$BATS_TEST_TMPDIR/tree"
	cp -r "$root/src" "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree" || exit
}

# includes FILE HEADER     adds an #include to a file of the copy
includes()
{
	[[ -f $1 ]]
	echo "#include \"$2\"" >>"$1"
}

# found TEXT     tests/layers fails, and its output contains TEXT
found()
{
	run -1 "$root/tests/layers" .
	[[ $output == *"$1"* ]]
}

@test "the source tree passes" {
	run -0 "$root/tests/layers" .
	[[ -z $output ]]
}

@test "the preload library may not include the configuration" {
	includes src/preload/bind.c libcdm/config/config.h
	found "preload may not include libcdm/config"
}

@test "libcdm may not include the tracer" {
	includes src/libcdm/kernel/topology.c trace/trace.h
	found "libcdm/kernel may not include trace"
}

@test "the tracer may not include a program" {
	includes src/trace/tracer.c cdm-launch/launch.h
	found "trace may not include cdm-launch"
}

@test "the daemon may not include the tracer" {
	includes src/cdmd/daemon.c trace/trace.h
	found "cdmd may not include trace"
}

@test "a path with .. is resolved" {
	includes src/cdmd/daemon.c ../cdmadm/cdmadm.h
	found "cdmd may not include cdmadm"
}

@test "an include of a file that does not exist is an error" {
	includes src/cdmd/daemon.c libcdm/nothing.h
	found '"libcdm/nothing.h" is no file of src/'
}

@test "only its own family of files may include an internal header" {
	includes src/libcdm/engine/apply.c libcdm/plan/plan-internal.h
	found "plan-internal.h is for libcdm/plan/plan*.c alone"
}

@test "a circle in the table is an error" {
	sed -i 's/^basic:.*/basic: cdmd/' src/layers
	found "a circle: basic -> cdmd -> basic"
}

@test "a folder that is not in the table is an error" {
	mkdir src/attic
	cp src/basic/glob.h src/attic/old.h
	found "src/attic/old.h: its folder is not in src/layers"
}

@test "a folder of the table that does not exist is an error" {
	echo "attic: basic" >>src/layers
	found "there is no folder src/attic"
}

@test "two files of the same name are an error" {
	cp src/basic/glob.c src/cdmd/glob.c
	found "src/cdmd/glob.c: src/basic/glob.c has the same name"
}

@test "a source file without an opening comment is an error" {
	sed -i '3,4d' src/basic/glob.c
	found "src/basic/glob.c: no opening comment"
}

@test "a comment that is too wide is an error" {
	printf '/* %0130d */\n' 0 >>src/basic/glob.c
	found "a comment wider than 120 columns"
}

@test "a test program without an opening comment is an error" {
	mkdir -p tests/unit
	printf '/* SPDX */\n\n#include "check.h"\n' >tests/unit/mute.c
	found "tests/unit/mute.c: no opening comment"
}

@test "a file that is too long is an error" {
	yes '' | head -400 >>src/basic/glob.c
	found "src/basic/glob.c: more than 400 lines"
}

@test "a folder with too many .c files is an error" {
	for i in {1..26}; do printf '/* SPDX */\n\n/* One more. */\n' >"src/placement/one-more-$i.c"; done
	found "src/placement: more than 25 .c files"
}

@test "a function that is too long is an error" {
	{ printf 'void f(void)\n{\n'; yes '' | head -58; printf '}\n'; } >>src/basic/glob.c
	run -0 "$root/tests/layers" .
	{ printf 'void g(void)\n{\n'; yes '' | head -59; printf '}\n'; } >>src/basic/glob.c
	found "a function of more than 60 lines"
}
