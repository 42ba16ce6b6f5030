#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=900
# Programs that a preload library does not reach, traced: what a rule allows is on the device nodes, all of it, and
# nothing else is.

# shellcheck disable=SC2016,SC2154 # awk's and the inner shell's own $; holder is from start_holder

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	mkdir -p "$WORK"
	start_cdmd
	host add 1 512 a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
}

teardown_file()
{
	clean_up a
}

rules=(--allow 'anon,min=1M' --allow 'malloc,min=1M')

is_traced()
{
	[[ $(awk '/^TracerPid:/ { print $2 }' "/proc/$1/status") != 0 ]]
}

# pages of the heap on a node:  heap_pages NODE PID
heap_pages()
{
	awk -v node="N$1=" '/ heap / { for (i = 3; i <= NF; i++) if (index($i, node) == 1) sum += substr($i, length(node) + 1) }
		END { print sum + 0 }' "/proc/$2/numa_maps"
}

# holds_exactly PROGRAM PAGES OPTION...     so many pages a round are on the device node, and nothing else is there
holds_exactly()
{
	local HOLDER=$1 pages=$2

	shift 2
	start_holder cdm-launch "${rules[@]}" "$@"
	is_traced "$holder"
	grep -q "^0::/cdm.slice/" "/proc/$holder/cgroup"
	is_placed "$holder" 1-2 "$pages"
	(($# > 0)) || says "" kinds_on_device "$holder" 1-2
	tell_holder more more 1
	is_placed "$holder" 1-2 $((2 * pages))
	tell_holder check intact 1
	end_holder
	printf 'more\ncheck\n' | "$PROGS/$HOLDER" >"$WORK/holder.plain"
	printf 'more\ncheck\n' | cdm-launch "${rules[@]}" "$@" "$PROGS/$HOLDER" >"$WORK/holder.launched"
	cmp "$WORK/holder.plain" "$WORK/holder.launched"
	says intact tail -1 "$WORK/holder.launched"
}

@test "a static program of glibc" {
	# 4M malloc, 4M anon and 1M malloc at least
	holds_exactly holder-static 2304
}

@test "a static program of musl" {
	# A static program that never calls free has all its blocks in the heap, the large ones too: 4M anon are left.
	holds_exactly holder-musl 1024
	holds_exactly holder-musl 2304 --allow heap
}

@test "a dynamic program, when it is asked for" {
	start_holder cdm-launch --mode trace "${rules[@]}"
	is_traced "$holder"
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	end_holder
}

@test "the heap, where a rule allows it and nowhere else" {
	HOLDER=holder-static start_holder cdm-launch --allow heap
	is_traced "$holder"
	is_placed "$holder" 1-2 64
	says 0 heap_pages 0 "$holder"
	(($(heap_pages 1 "$holder") >= 64))
	end_holder
	# the heap of a dynamic program as well: nothing else would reach it
	start_holder cdm-launch --allow heap
	is_traced "$holder"
	is_placed "$holder" 1-2 64
	says 0 heap_pages 0 "$holder"
	end_holder
}

@test "what the kernel fills as it maps it, and what grows" {
	mkfifo "$WORK/filler.in"
	cdm-launch --strict --allow anon,min=1M --allow heap "$PROGS/filler-static" 64 <"$WORK/filler.in" >"$WORK/filler.out" 3>&- &
	exec {filler_in}>"$WORK/filler.in"
	retry 60 says ready cat "$WORK/filler.out"
	# 64M populated, 4M locked, 4M grown, 4M of heap
	is_placed "$!" 1-2 $((72 * 256 + 960))
	exec {filler_in}>&-
	wait "$!"
}

# placed_while_reading NAME COMMAND...     COMMAND reads $WORK/NAME.input, slowly; when it has it all, it has at least 4 MiB
# on node 1, and nothing else there. Its output is the same with and without.
placed_while_reading()
{
	local name=$1 pid

	shift
	"$@" <"$WORK/$name.input" >"$WORK/$name.plain"
	rm -f "$WORK/$name.in"
	mkfifo "$WORK/$name.in"
	cdm-launch "${rules[@]}" "$@" <"$WORK/$name.in" >"$WORK/$name.launched" 3>&- &
	pid=$!
	exec {reader}>"$WORK/$name.in"
	cat "$WORK/$name.input" >&"$reader"
	retry 120 is_placed "$pid" 1-2 1024
	is_traced "$pid"
	says "" kinds_on_device "$pid" 1-2
	exec {reader}>&-
	wait "$pid"
	cmp "$WORK/$name.plain" "$WORK/$name.launched"
	[ -s "$WORK/$name.plain" ]
}

@test "Go, static: shfmt" {
	{ echo "if true;then  echo '"; seq -f 'row %.0f of a long text' 150000; echo "' ;fi"; } >"$WORK/shfmt.input"
	placed_while_reading shfmt shfmt
}

@test "Go, dynamic: fzf" {
	seq -f '%.0f some more text to hold on to' 100000 >"$WORK/fzf.input"
	placed_while_reading fzf fzf --filter=1234
}
