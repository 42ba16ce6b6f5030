#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1280 timeout=600
# vm-again: init=plain kernels=6.1 nodes=2 ram=1280 timeout=600
# vm-again: init=systemd kernels=6.1,6.12 nodes=2 ram=1280 timeout=900
# vm-again: release=sid init=plain nodes=2 ram=1280 timeout=600
# Programs that request 400M of strict memory from a device of 256M: each request fails when it is made, and no process
# is killed.

# shellcheck disable=SC2016 # the inner shell's own $

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	start_with_node 256
	# a process with more memory than most, which the OOM killer would choose
	foreign system.slice neighbour bash -c 'printf -v held "%104857600s" ""; exec {for_ever}<> <(:); read -r -u "$for_ever"'
}

teardown_file()
{
	clean_up a
}

# everybody     sets $everybody to the process ids and start times of all processes, except for kernel threads and
# udev's workers, which come and go. It starts no process.
everybody()
{
	local dir stat

	everybody=()
	for dir in /proc/[0-9]*; do
		[[ -e $dir/exe ]] && read -r stat <"$dir/stat" && [[ $stat != *"(udev-worker)"* ]] || continue
		# after the name: state, parent, ...; the 20th field is the start time
		read -r -a stat <<<"${stat##*) }"
		everybody+=("${dir##*/}:${stat[19]}")
	done 2>/dev/null
}

setup()
{
	untraced
	everybody
	before=("${everybody[@]}")
	dmesg --clear
}

# All processes of before still exist, and the kernel has killed none.
teardown()
{
	local one

	everybody
	for one in "${before[@]}"; do
		[[ " ${everybody[*]} " == *" $one "* ]] || { echo "process ${one%:*} is gone"; return 1; }
	done
	run ! grep -iE 'oom|killed process' <(dmesg)
}

# glutton HOW MB OPTION...     runs glutton under cdm-launch until it has its $answer; its process id is $holder
glutton()
{
	local how=$1 mb=$2

	shift 2
	READY='^(got|failed )' start_program cdm-launch "$@" "$PROGS/${GLUTTON:-glutton}" "$how" "$mb"
	answer=$(<"$WORK/holder.out")
}

# is_refused HOW OPTION...     a request for 400M is refused, and none of its pages stays on either node
is_refused()
{
	local how=$1 before after

	shift
	echo "$how $*"
	before=$(node_used_kb 1 MemFree)
	glutton "$how" 400 "$@"
	says "failed ENOMEM" echo "$answer"
	# what it had before the request, at most 8M
	(($(pages_on 0-1 "$holder") < 8 * 1024))
	end_program
	after=$(node_used_kb 1 MemFree)
	# some freed pages are not free again yet
	((after > before - 24000)) || { echo "node 1 had $before kB free, and has $after"; return 1; }
}

# is_granted HOW OPTION...     a request for 100M succeeds, and all its pages are on the device
is_granted()
{
	local how=$1

	shift
	echo "$how $*"
	glutton "$how" 100 "$@"
	says got echo "$answer"
	(($(pages_on 1 "$holder") >= 100 * 256))
	is_placed "$holder" 1 $((100 * 256))
	end_program
}

@test "strict blocks of malloc, calloc, memalign and realloc that do not fit are refused" {
	for how in malloc calloc memalign realloc; do
		is_refused "$how" --strict --allow malloc,min=1M
	done
	is_granted realloc --strict --allow malloc,min=1M
}

@test "small strict blocks are refused when the device is full" {
	local blocks

	glutton blocks 400 --strict --allow malloc,min=1M
	echo "$answer"
	blocks=${answer%% *}
	[[ $answer == *"failed ENOMEM" ]]
	# all of it is there except the kernel's reserve; a huge page that found no room may reach beyond the last block
	((blocks > 200 && blocks < 256))
	read -r _ there _ elsewhere _ other < <(placement "$holder" 1)
	((there >= blocks * 256 && elsewhere <= 512 && other == 0))
	end_program
}

mappings_are_strict()
{
	local how

	for how in mmap populate fixed mremap mprotect; do
		is_refused "$how" --strict --allow anon,min=1M
	done
	for how in fixed mremap mprotect; do
		is_granted "$how" --strict --allow anon,min=1M
	done
}

@test "strict mappings that do not fit are refused, others are on the device" {
	mappings_are_strict
}

@test "the same holds for a static program, which is traced" {
	local GLUTTON=glutton-static

	mappings_are_strict
	# without the rule for the heap, glibc would then take the block from the heap
	is_refused malloc --strict --allow malloc,min=1M --allow heap
	is_granted malloc --strict --allow malloc,min=1M --allow heap
}

@test "strict shared memory that does not fit is refused; what fits, also of a file, is on the device" {
	for how in shared memfd sysv; do
		is_refused "$how" --strict --allow shm,min=1M
	done
	is_granted memfd --strict --allow shm,min=1M
	is_granted file --strict --allow file,min=1M
}

@test "a strict --attach that does not fit changes nothing; one that fits moves all pages" {
	start_program "$PROGS/filler" 400
	cgroup=$(cat "/proc/$holder/cgroup")
	run -125 cdm-launch --strict --allow anon,min=16M --attach "$holder"
	[[ $output == *"add --move"* ]]
	run -125 cdm-launch --strict --allow anon,min=16M --attach "$holder" --move
	[[ $output == *"not all that a strict rule allows can be moved"* && $output != *$'\n'* ]]
	# the process is as it was
	says 0 pages_on 1 "$holder"
	says "$cgroup" cat "/proc/$holder/cgroup"
	run ! grep -E '(bind|prefer)' "/proc/$holder/numa_maps"
	end_program
	start_program "$PROGS/filler" 100
	cdm-launch --strict --allow anon,min=16M --attach "$holder" --move
	is_placed "$holder" 1 $((100 * 256))
	end_program
}

@test "a request for more than the machine has is refused, strict or not" {
	local before overcommit how strict

	before=$(</proc/sys/vm/overcommit_memory)
	for overcommit in 0 2; do
		echo "$overcommit" >/proc/sys/vm/overcommit_memory
		for how in malloc mmap; do
			says "failed ENOMEM" tail -n 1 <("$PROGS/glutton" "$how" 8000 </dev/null)
			for strict in '' --strict; do
				echo "$overcommit $how $strict"
				glutton "$how" 8000 ${strict:+"$strict"} --allow malloc,min=1M --allow anon,min=1M
				says "failed ENOMEM" echo "$answer"
				end_program
			done
		done
	done
	echo "$before" >/proc/sys/vm/overcommit_memory
}

@test "interleaved memory that does not fit spills, and no process is killed" {
	local policies=(interleave)

	[[ ! -d /sys/kernel/mm/mempolicy/weighted_interleave ]] || policies+=(weighted)
	for policy in "${policies[@]}"; do
		glutton mmap 400 --policy "$policy" --allow anon,min=1M
		says got echo "$answer"
		(($(pages_on 1 "$holder") > 200 * 256 && $(pages_on 0 "$holder") > 100 * 256))
		end_program
	done
}

@test "a strict rule for variables is refused before anything starts" {
	run -125 cdm-launch --strict --allow data,object=x true
	[[ $output == *"variables cannot be strict"* ]]
}

@test "oom_score_adj: cdmd has -900, launched programs have 250 unless another value is set" {
	says -900 cat "/proc/$(cdmd_pid)/oom_score_adj"
	says 250 cdm-launch cat /proc/self/oom_score_adj
	says 250 cdm-launch --mode trace --allow anon cat /proc/self/oom_score_adj
	# a value that the caller has set stays
	says 700 choom -n 700 -- cdm-launch cat /proc/self/oom_score_adj
	says -5 choom -n -5 -- cdm-launch cat /proc/self/oom_score_adj
}
