#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: arch=aarch64,ppc64le init=plain nodes=2 ram=1536 timeout=400
# The report agrees with what the kernel reported about the program before it ended, however it ends.

# shellcheck disable=SC2154 # holder is from start_holder

bats_require_minimum_version 1.5.0
load guest
load cdm

setup_file()
{
	untraced
	start_with_node 256
}

teardown_file()
{
	clean_up a
}

rules=(--allow malloc,min=1M --allow anon,min=1M)
report=$WORK/report.json

# reported FILTER     applies a jq filter to the report
reported()
{
	jq -c "$1" "$report"
}

# kernel_says PID     prints by node the pages that a rule has bound
kernel_says()
{
	awk '/=static:/ && /=static:[0-9,-]*1/ { for (i = 3; i <= NF; i++) if (split($i, p, "=") == 2 && p[1] ~ /^N[0-9]+$/) n[substr(p[1], 2)] += p[2] }
		END { for (k in n) print k, n[k] }' "/proc/$1/numa_maps" | sort
}

# The same, for all memory that existed at the end.
report_says()
{
	jq -r '[.placed[].pages | to_entries[]] | group_by(.key)[] | "\(.[0].key) \(map(.value) | add)"' "$report" | sort
}

# report_is_true MODE HOW     the report agrees with the kernel; HOW the program ends: quit, or a signal
report_is_true()
{
	local said status=0

	start_holder cdm-launch --mode "$1" --report="$report" --json "${rules[@]}"
	tell_holder more more 1
	said=$(kernel_says "$holder")
	[ -n "$said" ]
	wc -l <"/proc/$holder/numa_maps" >"$WORK/vmas"
	if [[ $2 == quit ]]; then
		end_holder
	else
		kill "-$2" "$holder"
		exec {holder_in}>&-
		wait "$holder" || status=$?
		[ "$status" -gt 128 ]
	fi
	# the program is gone, and the report exists
	says "$said" report_says
	says 0 reported .leak_pages
	says true reported .complete
	says "$(cat "$WORK/vmas")" reported .vmas.most
	says "$(cat /proc/sys/vm/max_map_count)" reported .vmas.max_map_count
}

@test "the report on a program that exits agrees with the kernel" {
	report_is_true preload quit
	says '[{"exit":0}]' reported '[.processes[].status]'
	# malloc: 4M and 1M, twice; anon: 4M, twice
	says '[[4,10485760],[2,8388608]]' reported '[.rules[] | [.ranges, .bytes]]'
	says '[[0],[1]]' reported '[.placed[].rules] | sort'
}

@test "the report on a program that is killed agrees with the kernel" {
	report_is_true preload KILL
	says '[{"signal":9}]' reported '[.processes[].status]'
	report_is_true preload TERM
	says '[{"signal":15}]' reported '[.processes[].status]'
}

@test "the report on a traced program agrees with the kernel" {
	report_is_true trace quit
	report_is_true trace KILL
	says '[{"signal":9}]' reported '[.processes[].status]'
	# on aarch64 the dynamic linker aligns its mappings: it has reserved a range for libc as well
	[[ $VM_ARCH != aarch64 ]] || ranges=7
	says "${ranges:-6}" reported '[.rules[].ranges] | add'
}

@test "children are reported, and no child's pages are counted as its parent's" {
	printf 'quit\n' >"$WORK/quit"
	run -3 cdm-launch --report="$report" --json "${rules[@]}" -- \
		sh -c "$PROGS/holder <$WORK/quit & wait; $PROGS/holder <$WORK/quit; python3 -c '
import subprocess
b = bytearray(8 << 20)
subprocess.run([\"true\"], close_fds=False)'; exit 3"
	says 5 reported '.processes | length'
	says '{"exit":3}' reported '.processes[] | select(.comm == "sh") | .status'
	# 9M, and what huge pages add by rounding up
	says '[true,true]' reported '[.processes[] | select(.comm == "holder") | .pages["1"] >= '$((9216 / PAGE_KB))']'
	says '{}' reported '.processes[] | select(.comm == "true") | .pages'
}

# start_reported OPTION... COMMAND...     starts it under the launcher, as start_program does, until it prints "there";
# $said: what the kernel then says
start_reported()
{
	READY=^there start_program cdm-launch --report="$report" --json "${rules[@]}" "$@"
	said=$(kernel_says "$holder")
}

# spilling MB     starts a program with a block of MB, of which the device may not hold all
spilling()
{
	cat >"$WORK/spilling.py" <<-'EOF'
		import os, sys
		b = bytearray(int(sys.argv[1]) << 20)
		print("there", flush=True)
		os.read(0, 1)
		os._exit(0)
	EOF
	start_reported python3 "$WORK/spilling.py" "$1"
}

@test "the report counts spilled pages, and says that the node was full" {
	spilling 320
	end_program
	says "$said" report_says
	[ "$(report_says | awk '$1 == 0 { print $2 }')" -gt $((40000 / PAGE_KB)) ]
	says "$(report_says | awk '$1 == 0 { print $2 }')" reported '[.placed[].spilled.full // 0] | add'
	says 0 reported '[.placed[].spilled.unknown // 0] | add'
}

@test "the report counts pages that were moved because their node was revoked" {
	spilling 32
	leaf=$(cut -d: -f3 "/proc/$holder/cgroup")
	stop_cdmd
	echo 0 >"$CGROUP$leaf/cpuset.mems"
	retry 30 says 0 pages_on 1 "$holder"
	end_program
	[ "$(reported '[.placed[].spilled["not-granted"] // 0] | add')" -ge $((32768 / PAGE_KB)) ]
	start_cdmd
}

@test "pages that the program itself bound to the device are reported as leaks" {
	cat >"$WORK/own.py" <<-'EOF'
		import ctypes, mmap, os
		libc = ctypes.CDLL(None)
		m = mmap.mmap(-1, 65536, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
		p = ctypes.c_char.from_buffer(m)
		# mbind(p, 65536, MPOL_BIND, {1}, 65, 0)
		mbind = {"x86_64": 237, "aarch64": 235, "ppc64le": 259}[os.uname().machine]
		libc.syscall(mbind, ctypes.c_void_p(ctypes.addressof(p)), ctypes.c_ulong(65536), 2, ctypes.byref(ctypes.c_ulong(2)), ctypes.c_ulong(65), 0)
		m[:] = b"x" * 65536
		print("there", flush=True)
		os.read(0, 1)
		os._exit(0)
	EOF
	start_reported --explain python3 "$WORK/own.py"
	grep ' bind:1 ' "/proc/$holder/numa_maps" >"$WORK/own"
	grep -q "N1=$((64 / PAGE_KB)) " "$WORK/own"
	start=$(awk '{ print $1 }' "$WORK/own")
	mappings=$(wc -l <"/proc/$holder/numa_maps")
	end_program
	says "[[\"$start\",$((64 / PAGE_KB)),1]]" reported '[.leaks[] | [(.vma | split("-")[0] | ltrimstr("0")), .pages, .node]]'
	says $((64 / PAGE_KB)) reported .leak_pages
	says "$mappings" reported '.mappings | length'
	says '"own"' reported ".mappings[] | select(.start == \"$start\") | .ruling"
	says 0 reported '[.mappings[] | select(.what == "stack" or .what == "text" or .what == "heap") | select(.allowed)] | length'
}

# The program replaces its task policy: memory that no rule has bound may then be on any node, as numa_maps shows.
@test "audit, map and the report do not take a task policy that the program sets for a rule" {
	start_reported numactl --interleave=all python3 -c 'import os; b = bytearray(8 << 20); print("there", flush=True); os.read(0, 1)'
	grep -E ' interleave:[0-9,-]+ ' "/proc/$holder/numa_maps" | grep -E ' (heap|stack|file=).* N1=' >"$WORK/leaks"
	[ -s "$WORK/leaks" ]
	run -3 cdmadm --json audit
	# Each mapping that the kernel shows on the device and without its own policy.
	says "$(grep -E ' interleave:.* N1=' "/proc/$holder/numa_maps" | sed 's/^0*//; s/ .*//' | sort)" \
		jq -r ".leaks[] | select(.pid == $holder) | .vma | split(\"-\")[0]" <<<"$(jq '.leaks |= sort_by(.vma)' <<<"$output")"
	run -0 cdmadm --json map "$holder"
	says '[false,true]' jq -c '[.vmas[] | select(.pages["1"]) | .allowed] | unique' <<<"$output"
	says '[false]' jq -c '[.vmas[] | select(.policy | startswith("interleave:")) | .allowed] | unique' <<<"$output"
	end_program
	[ "$(reported .leak_pages)" -gt 0 ]
}

@test "if a start script overwrites LD_PRELOAD, the report names the process that lacked the library" {
	cat >"$WORK/start.sh" <<-'EOF'
		#!/bin/sh
		export LD_PRELOAD=
		python3 -c 'b = bytearray(8 << 20); print(len(b))'
	EOF
	chmod +x "$WORK/start.sh"
	run -0 --separate-stderr cdm-launch --report "$WORK/start.sh"
	[ "$output" = 8388608 ]
	says 1 grep -c 'the preload library was not in it' <<<"$stderr"
	grep -E 'no rules +process [0-9]+ \(python3\): the preload library was not in it: LD_PRELOAD' <<<"$stderr"
	cdm-launch --report="$report" --json "$WORK/start.sh"
	says '[["python3",false],["start.sh",true]]' reported '[.processes[] | [.comm, .library]] | sort'
	# --no-inherit asks for children without the library, so the report does not mention them.
	run -0 --separate-stderr cdm-launch --report --no-inherit sh -c 'true; /bin/true; true'
	[[ $stderr != *'preload library was not'* ]]
	cdm-launch --report="$report" --json --mode trace --allow anon,min=1M true
	says '[null]' reported '[.processes[].library]'
}

@test "without a file name the report goes to standard error, after the program has ended" {
	run -7 --separate-stderr cdm-launch --report sh -c 'echo out; echo err >&2; exit 7'
	[ "$output" = out ]
	[ "${stderr_lines[0]}" = err ]
	[[ ${stderr_lines[1]} == "cdm-launch: "*"/sh: exit status 7" ]]
	[[ $stderr == *"leaks     0 pages"* ]]
}

# shown NAME     the output contains NAME, and no escape character
shown()
{
	[[ $output == *"$1"* && $output != *$'\x1b'* ]] || { printf '%q\n' "$output"; return 1; }
}

@test "control characters in names are escaped wherever names are shown" {
	local name=$'a\x1b[31m' program group

	program=$WORK/$name
	group=cdm.slice/$name$'\xff'
	cp "$PROGS/holder" "$program"
	# the program, its processes and the files that it maps
	run -0 cdm-launch --explain "${rules[@]}" "$program" <<<quit
	shown "cdm-launch: $WORK/a\\x1b[31m: exit status 0"
	grep -E "^ +[0-9]+ .* file .*$WORK/a.x1b.31m$" <<<"$output"
	cdm-launch --report="$report" --json "$program" <<<quit
	run -1 grep $'\x1b' "$report"
	says "$name" jq -r '.processes[0].comm' "$report"
	# failures
	run -125 cdm-launch --report="$program/none" true
	shown 'a\x1b[31m/none: '
	run -127 cdm-launch "$program-none"
	shown 'a\x1b[31m-none: '
	# the cgroup that a process is in
	mkdir "$CGROUP/$group"
	spawn_in "$group" sleep 1000
	run -0 cdm-launch --attach "$spawned" "${rules[@]}"
	shown 'in cgroup /cdm.slice/a\x1b[31m\xff'
	kill "$spawned"
}
