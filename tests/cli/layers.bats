#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make lint's check of the layers: each kind of mistake is put into a copy of the sources, and must be found.

bats_require_minimum_version 1.5.0

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	mkdir "$BATS_TEST_TMPDIR/tree"
	cp -r "$root/src" "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree" || exit
}

# includes FILE HEADER     what one file of the copy includes from now on
includes()
{
	[[ -f $1 ]]
	echo "#include \"$2\"" >>"$1"
}

# found TEXT     the check fails, and one of its lines has this in it
found()
{
	run -1 "$root/tests/layers" .
	[[ $output == *"$1"* ]]
}

@test "the tree is as the table says" {
	run -0 "$root/tests/layers" .
	[[ -z $output ]]
}

@test "the preload library does not include the configuration" {
	includes src/preload/bind.c libcdm/config/config.h
	found "preload may not include libcdm/config"
}

@test "libcdm does not include the tracer" {
	includes src/libcdm/kernel/topology.c trace/trace.h
	found "libcdm/kernel may not include trace"
}

@test "the tracer does not include a program" {
	includes src/trace/tracer.c cdm-launch/launch.h
	found "trace may not include cdm-launch"
}

@test "the daemon does not include the tracer" {
	includes src/cdmd/daemon.c trace/trace.h
	found "cdmd may not include trace"
}

@test "a path with .. is resolved" {
	includes src/cdmd/daemon.c ../cdmadm/cdmadm.h
	found "cdmd may not include cdmadm"
}

@test "an include that leads nowhere is an error" {
	includes src/cdmd/daemon.c libcdm/nothing.h
	found '"libcdm/nothing.h" is no file of src/'
}

@test "an internal header is for its own family of files" {
	includes src/libcdm/engine/apply.c libcdm/plan/plan-internal.h
	found "plan-internal.h is for libcdm/plan/plan*.c alone"
}

@test "the table has no circle" {
	sed -i 's/^basic:.*/basic: cdmd/' src/layers
	found "a circle: basic -> cdmd -> basic"
}

@test "a folder that the table does not know is an error" {
	mkdir src/attic
	cp src/basic/glob.h src/attic/old.h
	found "src/attic/old.h: its folder is not in src/layers"
}

@test "a folder of the table that is not there is an error" {
	echo "attic: basic" >>src/layers
	found "there is no folder src/attic"
}

@test "two files of the same name are an error" {
	cp src/basic/glob.c src/cdmd/glob.c
	found "src/cdmd/glob.c: src/basic/glob.c has the same name"
}

@test "a file that does not say what it is is an error" {
	sed -i '3,4d' src/basic/glob.c
	found "src/basic/glob.c: no opening comment"
}

@test "a comment that is too wide is an error" {
	printf '/* %0130d */\n' 0 >>src/basic/glob.c
	found "a comment wider than 120 columns"
}

@test "a test that does not say what it is is an error" {
	mkdir -p tests/unit
	printf '/* SPDX */\n\n#include "check.h"\n' >tests/unit/mute.c
	found "tests/unit/mute.c: no opening comment"
}

@test "a file that is too long is an error" {
	yes '' | head -400 >>src/basic/glob.c
	found "src/basic/glob.c: more than 400 lines"
}

@test "a folder of too many files is an error" {
	for i in {1..26}; do printf '/* SPDX */\n\n/* One more. */\n' >"src/placement/one-more-$i.c"; done
	found "src/placement: more than 25 .c files"
}

@test "a function that is too long is an error" {
	{ printf 'void f(void)\n{\n'; yes '' | head -58; printf '}\n'; } >>src/basic/glob.c
	run -0 "$root/tests/layers" .
	{ printf 'void g(void)\n{\n'; yes '' | head -59; printf '}\n'; } >>src/basic/glob.c
	found "a function of more than 60 lines"
}
