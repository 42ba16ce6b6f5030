#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: init=systemd kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: arch=aarch64,ppc64le init=plain nodes=2 ram=1536 timeout=400
# vm-again: init=plain,systemd kernels=6.1 nodes=2 ram=1536 timeout=900 cmdline=cdm.rounds=5
# cdm-launch --attach moves a running program into the group, binds all its threads to system nodes, and binds what a
# rule allows to device nodes; --move also moves the pages. The program continues as if nothing had happened.

# shellcheck disable=SC2016,SC2154 # awk's own $; holder is from start_holder

bats_require_minimum_version 1.5.0
load guest
load cdm

ROUNDS=$(boot_number cdm.rounds 1)

setup_file()
{
	untraced
	start_with_node 512
}

teardown_file()
{
	clean_up a
}

teardown()
{
	[[ -z ${holder-} ]] || kill -9 "$holder" 2>/dev/null || :
}

# fails TEXT COMMAND...     fails with exit status 125 and one line that contains this text
fails()
{
	local text=$1

	shift
	run --separate-stderr "$@"
	echo "$stderr"
	[ "$status" -eq 125 ] && [[ $stderr == *"$text"* && $stderr != *$'\n'* ]]
}

# What the program itself could notice: its mappings, signals, tracer, files, threads, and the call that it waits in.
traces_of()
{
	retry 30 grep -q '^State:.S' "/proc/$1/status"
	cut -d' ' -f1-5 "/proc/$1/maps"
	grep -E '^(State|TracerPid|FDSize|Threads|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt|Seccomp):' "/proc/$1/status"
	cat "/proc/$1/syscall"
}

# leaf_of PID     prints its cgroup, below the hierarchy
leaf_of()
{
	sed -n 's|^0::/||p' "/proc/$1/cgroup"
}

# its_leaf PID     prints the leaf that cdm-launch makes for it
its_leaf()
{
	[[ $VM_INIT == systemd ]] && echo "cdm.slice/cdm-launch-$1.scope" || echo "cdm.slice/cdm-launch-$1"
}

# task_policies PID     prints the policies of all threads, each once: what numa_maps shows for a mapping without a
# policy, such as text. Where the kernel balances such a mapping, numa_maps shows that too.
task_policies()
{
	local task

	for task in /proc/"$1"/task/*; do
		awk '/ file=/ && !/static:[0-9,-]*[1-9]/ { sub(/[|]balancing/, "", $2); print $2; exit }' "/proc/${task##*/}/numa_maps"
	done | sort -u
}

@test "an attach that fails leaves no policy, and leaves the program in its cgroup" {
	local before

	start_holder
	before=$(leaf_of "$holder")
	traces_of "$holder" >"$WORK/before"
	# On bare v2 a leaf cannot contain a process while the group itself does.
	if [[ $VM_INIT == plain ]]; then
		spawn_in cdm.slice sleep 1000
		fails "processes of its own" cdm-launch --attach "$holder"
		kill "$spawned"
		retry 30 process_is_gone "$spawned"
	fi
	# With this limit, not one page more can be mapped in the program.
	prlimit --pid "$holder" --as=1
	fails "mapping a page in it" cdm-launch --attach "$holder"
	prlimit --pid "$holder" --as=unlimited
	says "$before" leaf_of "$holder"
	says default task_policies "$holder"
	says 0 count_static "$holder"
	traces_of "$holder" | diff "$WORK/before" -
	tell_holder check intact 1
	end_holder
}

# count_static PID     counts the mappings with a static policy, such as cdm-launch sets
count_static()
{
	awk '/=static:/ { n++ } END { print n + 0 }' "/proc/$1/numa_maps"
}

@test "--attach binds what a rule allows, moves no page, and leaves no trace in the program" {
	start_holder
	traces_of "$holder" >"$WORK/before"
	cdm-launch --dry-run --json --attach "$holder" >"$WORK/plan.json"
	jq -e --argjson pid "$holder" '.pid == $pid and (.vmas | length) > 0 and
		all(.vmas[]; .what == "anon" and .size >= 1048576)' "$WORK/plan.json" >/dev/null
	says 0 count_static "$holder"
	cdm-launch --attach "$holder"
	says "$(its_leaf "$holder")" leaf_of "$holder"
	says 0-1 effective "$(its_leaf "$holder")"
	traces_of "$holder" | diff "$WORK/before" -
	says 0 pages_on 1 "$holder"
	# exactly the mappings of the plan are bound
	jq -r '.vmas[].start' "$WORK/plan.json" >"$WORK/planned"
	awk '/prefer \(many\)=static:1/ { print $1 }' "/proc/$holder/numa_maps" | sed 's/^0*//' | diff "$WORK/planned" -
	says bind=static:0 task_policies "$holder"
	# later mappings stay on system nodes
	tell_holder more more 1
	says 0 pages_on 1 "$holder"
	tell_holder check intact 1
	end_holder
}

@test "--attach --move moves existing pages; a second attach applies another policy and other rules" {
	# a copy: the guest's files are in memory, where the policy of a file mapping belongs to the file
	cp "$PROGS/holder" "$PROGS/holder-data"
	HOLDER=holder-data start_holder
	cdm-launch --attach "$holder" --move
	# 4M malloc, 4M anon and 1M malloc
	is_placed "$holder" 1-2 2304
	says "" kinds_on_device "$holder" 1-2
	tell_holder check intact 1
	cdm-launch --strict --allow malloc,min=1M --allow heap --allow data,object=holder-data --attach "$holder" --move
	grep -q 'prefer (many)=static:1' "/proc/$holder/numa_maps"
	is_placed "$holder" 1-2 2400
	grep 'heap' "/proc/$holder/numa_maps" | grep -q ' N1='
	grep 'file=.*/holder-data ' "/proc/$holder/numa_maps" | grep -q ' N1='
	tell_holder check intact 2
	end_holder
	retry 30 leaf_is_gone
}

@test "pages that do not fit on the device nodes stay where they are, and are counted" {
	local free said

	free=$(node_used_kb 1 MemFree)
	start_program "$PROGS/filler" $((free / 1024 + 100))
	said=$(cdm-launch --allow anon,min=64M --attach "$holder" --move)
	# the node's free pages (of 4 kB) are used, except for those that the kernel reserves
	(($(pages_on 1 "$holder") > (free - 65536) / 4))
	[[ $said =~ ([0-9]+)" pages moved, "([0-9]+)" stayed" ]]
	((BASH_REMATCH[2] > 64 * 1024 / PAGE_KB))
	says "allowed_there $((BASH_REMATCH[1] * PAGE_KB / 4)) allowed_elsewhere $((BASH_REMATCH[2] * PAGE_KB / 4)) other_there 0" \
		placement "$holder" 1
	end_program
	retry 30 leaf_is_gone
}

# ruled HOW     prints the start addresses of the mappings with this ruling: took, refused, ...
ruled()
{
	jq -r --arg how "$1" '.mappings[] | select(.ruling == $how) | .start' <<<"$explained" | sort
}

@test "--attach --explain names the ruling on each mapping of a running process, before and after an attach" {
	start_holder
	cat "/proc/$holder/numa_maps" >"$WORK/maps"
	explained=$(cdm-launch --attach "$holder" --explain --json --allow '!heap' --allow malloc,min=1M --allow anon,min=1M)
	says "$(wc -l <"$WORK/maps")" jq '.mappings | length' <<<"$explained"
	says "$(awk '/ heap( |$)/ { print $1 }' "$WORK/maps" | sort)" ruled refused
	[ -n "$(ruled missed)" ]
	says "" ruled took
	says "" ruled own
	# the program was only examined
	diff "$WORK/maps" "/proc/$holder/numa_maps"
	cdm-launch --attach "$holder" --allow malloc,min=1M --allow anon,min=1M
	explained=$(cdm-launch --attach "$holder" --explain --json --allow malloc,min=1M --allow anon,min=1M)
	says "$(awk '/=static:1/ { print $1 }' "/proc/$holder/numa_maps" | sort)" ruled took
	[ -n "$(ruled took)" ]
	says "" ruled missed
	says "" ruled own
	# rules with another policy do not account for these mappings
	explained=$(cdm-launch --attach "$holder" --explain --json --policy interleave --allow malloc,min=1M)
	says "$(awk '/=static:1/ { print $1 }' "/proc/$holder/numa_maps" | sort)" ruled own
	cdm-launch --attach "$holder" --explain | grep -q ' taken by '
	end_holder
	run -125 cdm-launch --attach "$holder" --explain
	[[ $output == *"process $holder: "* ]]
}

# attached_and_placed POLICY     may fail at first: pages that a forked child shares stay while the child lives
attached_and_placed()
{
	cdm-launch --policy "$1" --allow anon,min=4M --attach "$holder" --move && is_placed "$holder" 1-2 784
}

@test "--attach --move works repeatedly on a busy program with many threads" {
	local policy round

	# nice, because its many threads must leave some of the one CPU to the other processes
	start_program nice "$PROGS/glibc-steady"
	# 784 pages: 3M that the program only reads, and a page for each of its busy threads
	for ((round = 0; round < ROUNDS; round++)); do
		for policy in prefer interleave bind; do
			retry 30 attached_and_placed "$policy"
		done
	done
	says "" kinds_on_device "$holder" 1-2
	end_program
}

leaf_is_gone()
{
	says "" find "$CGROUP/cdm.slice" -mindepth 1 -type d
}

@test "--attach --move works on a program whose seccomp filter kills it for injected calls" {
	start_program "$PROGS/glibc-still" filter
	cdm-launch --attach "$holder" --move
	is_placed "$holder" 1-2 1024
	grep -qx $'Seccomp:\t2' "/proc/$holder/status"
	end_program
}

@test "a refused --attach gives its reason and changes nothing" {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

	fails "is init" cdm-launch --attach 1
	fails "of the kernel" cdm-launch --attach 2
	fails "does not exist" cdm-launch --attach 4194303
	fails "ancestor of it" cdm-launch --attach $$
	fails "not a process id" cdm-launch --attach 0
	fails "no command" cdm-launch --attach 1 true
	fails "goes with --attach" cdm-launch --move true
	start_holder
	fails '"caller" does not go with --attach' cdm-launch --allow 'malloc,caller=x' --attach "$holder"
	fails '"symbol" does not go with --attach' cdm-launch --allow 'data,object=x,symbol=y' --attach "$holder"
	fails "needs root" "${nobody[@]}" cdm-launch --attach "$holder"
	says default task_policies "$holder"
	end_holder
	# A frozen process makes no system calls, and a process that enters a frozen group is frozen.
	make_cgroup icy
	spawn_in icy sleep infinity
	frozen=$spawned
	echo 1 >"$CGROUP/icy/cgroup.freeze"
	retry 10 grep -q 'frozen 1' "$CGROUP/icy/cgroup.events"
	fails 'cgroup /icy is frozen' cdm-launch --attach "$frozen"
	echo 0 >"$CGROUP/icy/cgroup.freeze"
	echo 1 >"$CGROUP/cdm.slice/cgroup.freeze"
	retry 10 grep -q 'frozen 1' "$CGROUP/cdm.slice/cgroup.events"
	fails 'cgroup /cdm.slice is frozen' cdm-launch --attach "$frozen"
	fails 'cgroup /cdm.slice is frozen' cdm-launch true
	echo 0 >"$CGROUP/cdm.slice/cgroup.freeze"
	says default task_policies "$frozen"
	says 0::/icy grep ^0:: "/proc/$frozen/cgroup"
	kill "$frozen"
	# Unprivileged users may trace their own processes, but not move them.
	start_holder "${nobody[@]}"
	fails "delegated" "${nobody[@]}" cdm-launch --attach "$holder"
	says default task_policies "$holder"
	tell_holder check intact 1
	end_holder
}
