#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=200
# vm: arch=aarch64,ppc64le init=plain nodes=2 ram=1536 timeout=400
# Programs that a preload library does not reach are traced: everything that a rule allows is on the device nodes, and
# nothing else is.

# shellcheck disable=SC2016,SC2154 # awk's and the inner shell's own $; holder is from start_holder

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	start_with_node 512
}

teardown_file()
{
	clean_up a
}

rules=(--allow 'anon,min=1M' --allow 'malloc,min=1M')

# heap_pages NODE PID     prints the heap's pages of 4 kB on a node. Old kernels also call a mapping "heap" that ends
# where the heap begins (show_numa_map(), before Linux 6.5).
heap_pages()
{
	local start

	start=$(sed 's/.*) //' "/proc/$2/stat" | cut -d ' ' -f 45)
	awk -v node="N$1" -v start="$(printf 'x%016x' "$start")" '
		function address() { return "x" substr("0000000000000000" $1, length($1) + 1) }
		/ heap / && address() >= start {
			for (i = 3; i <= NF; i++)
				if (split($i, pair, "=") == 2) {
					if (pair[1] == node) here = pair[2]
					else if (pair[1] == "kernelpagesize_kB") sum += here * pair[2] / 4
				}
			here = 0
		}
		END { print sum + 0 }' "/proc/$2/numa_maps"
}

# holds_exactly PROGRAM PAGES OPTION...     exactly the allowed pages are on the device: at least PAGES each round
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
	same_output "$HOLDER" "$@"
}

@test "a static glibc program is traced, and its allowed blocks are on the device" {
	# 4M malloc, 4M anon and 1M malloc at least
	holds_exactly holder-static 2304
}

@test "a static musl program is traced, and its allowed blocks are on the device" {
	# A static program that never calls free has all its blocks in the heap, including the large ones: 4M anon are
	# left.
	holds_exactly holder-musl 1024
	holds_exactly holder-musl 2304 --allow heap
}

@test "a dynamic musl program is traced; --mode preload refuses it" {
	HOLDER=holder-musl-dynamic start_holder cdm-launch "${rules[@]}"
	is_traced "$holder"
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	tell_holder check intact 1
	end_holder
	run cdm-launch --mode preload "$PROGS/holder-musl-dynamic"
	[ "$status" = 125 ]
	[[ $output == *"not with glibc"* ]]
}

@test "--mode trace traces a dynamic glibc program" {
	start_holder cdm-launch --mode trace "${rules[@]}"
	is_traced "$holder"
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	end_holder
}

@test "a heap that a rule allows is on the device entirely" {
	HOLDER=holder-static start_holder cdm-launch --allow heap
	is_traced "$holder"
	is_placed "$holder" 1-2 64
	says 0 heap_pages 0 "$holder"
	(($(heap_pages 1 "$holder") >= 64))
	end_holder
	# the heap of a dynamic program as well: no other mode would reach it
	start_holder cdm-launch --allow heap
	is_traced "$holder"
	is_placed "$holder" 1-2 64
	says 0 heap_pages 0 "$holder"
	end_holder
}

@test "mappings that are populated, locked or growing are on the device" {
	start_program cdm-launch --strict --allow anon,min=1M --allow heap "$PROGS/filler-static" 64
	# 64M populated, 4M locked, 4M grown, 4M of heap
	is_placed "$holder" 1-2 $((72 * 256 + 960))
	end_program
}

@test "adjacent mappings that mremap(2) moves as one are placed, in both modes" {
	local mode

	for mode in preload trace; do
		HOLDER=neighbours start_holder cdm-launch --mode "$mode" "${rules[@]}"
		# of 4M all except the small one, whose 16 pages existed before it was allowed
		says "allowed_there 1008 allowed_elsewhere 16 other_there 0" placement "$holder" 1-2
		end_holder
	done
}

@test "fzf, a dynamic Go program, is traced and placed, and prints the same" {
	seq -f '%.0f some more text to hold on to' 100000 >"$WORK/fzf.input"
	placed_while_reading fzf fzf --filter=1234
}

@test "the children of a traced bash, static and dynamic, are traced and placed" {
	local pid child

	mkfifo "$WORK/a.in" "$WORK/b.in"
	cdm-launch --mode trace "${rules[@]}" bash -c '"$1" <"$3" & first=$!; "$2" <"$4" & wait "$first" && wait "$!"' - \
		"$PROGS/holder" "$PROGS/holder-static" "$WORK/a.in" "$WORK/b.in" >"$WORK/bash.out" 3>&- &
	pid=$!
	exec {a}>"$WORK/a.in" {b}>"$WORK/b.in"
	retry 120 says 2 grep -c '^ready$' "$WORK/bash.out"
	for child in $(pgrep -P "$pid"); do
		is_traced "$child"
		is_placed "$child" 1-2 2304
		says "" kinds_on_device "$child" 1-2
	done
	says 2 pgrep -c -P "$pid" holder
	exec {a}>&- {b}>&-
	wait "$pid"
	says 2 grep -c '^intact$' "$WORK/bash.out"
}

@test "exit statuses and signals pass through the tracer, and job control works" {
	local status

	run -7 cdm-launch "${rules[@]}" "$PROGS/glibc-signals" exit 7
	run -139 cdm-launch "${rules[@]}" "$PROGS/glibc-signals" die 11
	# in a shell with job control: SIGTSTP as by ^Z, SIGCONT as by fg, SIGINT as by ^C
	{ declare -f retry; cat; } >"$WORK/jobs" <<-'END'
		set -m
		# the process executes the program itself, and waits
		it_waits() { grep -q signals "/proc/$!/comm" && grep -q '^State:.S' "/proc/$!/status"; }
		job_stopped() { jobs -s %1 | grep -qi stopped; }
		"$@" &
		retry 60 it_waits || exit 101
		kill -TSTP %1
		retry 60 job_stopped || exit 102
		grep '^State:.[tT]' "/proc/$!/status" || exit 100
		kill -CONT %1
		retry 60 it_waits || exit 103
		kill -INT %1
		wait "$!"
	END
	run -130 timeout 60 bash "$WORK/jobs" cdm-launch "${rules[@]}" "$PROGS/glibc-signals" wait
}

@test "a child that outlives the program is placed until it ends" {
	local orphan status=0

	mkfifo "$WORK/orphan.in"
	exec {orphan_in}<>"$WORK/orphan.in"
	cdm-launch "${rules[@]}" "$PROGS/glibc-signals" orphan <"$WORK/orphan.in" >"$WORK/orphan.out" 3>&- {orphan_in}>&- || status=$?
	[ "$status" = 9 ]
	retry 60 grep -q . "$WORK/orphan.out"
	orphan=$(head -1 "$WORK/orphan.out")
	is_traced "$orphan"
	# with each byte it maps 4M more, and checks whether they are bound
	echo >&"$orphan_in"
	retry 60 has_two_bound "$orphan"
	grep -q "^0::/cdm.slice/" "/proc/$orphan/cgroup"
	kill "$orphan"
	retry 60 process_is_gone "$orphan"
	exec {orphan_in}>&-
}

has_two_bound()
{
	(($(grep -o 'static:1' "/proc/$1/numa_maps" | wc -l) >= 1)) && (($(awk '/^VmSize:/ { print $2 }' "/proc/$1/status") >= 8192))
}

@test "if the program's own seccomp filter forbids mbind(2), cdm-launch says so" {
	run -0 --separate-stderr cdm-launch "${rules[@]}" "$PROGS/glibc-filters" errno
	[[ $stderr == *"may not call mbind"* ]]
	run -0 --separate-stderr cdm-launch "${rules[@]}" "$PROGS/glibc-filters" trap
	[[ $stderr == *"may not call mbind"* ]]
	run -159 --separate-stderr cdm-launch "${rules[@]}" "$PROGS/glibc-filters" kill
	[[ $stderr == *"its own seccomp filter"* ]]
}

@test "if the tracer is killed, so is the program; a process that is traced already is refused" {
	local pid tracer status=0

	cdm-launch "${rules[@]}" "$PROGS/glibc-signals" wait 3>&- &
	pid=$!
	retry 60 is_traced "$pid"
	tracer=$(awk '/^TracerPid:/ { print $2 }' "/proc/$pid/status")
	says cdm-trace cat "/proc/$tracer/comm"
	run -125 --separate-stderr cdm-launch --attach "$pid"
	[[ $stderr == *"process $tracer traces it"* ]]
	# a traced child that asks for a tracer itself is refused
	run -0 cdm-launch --mode trace "${rules[@]}" bash -c 'cdm-launch --mode trace --allow anon true 2>&1; [ $? = 125 ]'
	[[ $output == *"traces cdm-launch already"* ]]
	kill -9 "$tracer"
	wait "$pid" || status=$?
	[ "$status" = 137 ]
}
