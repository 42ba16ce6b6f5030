#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: init=plain kernels=6.12 nodes=2 ram=1536 timeout=300
# vm-again: arch=aarch64,ppc64le init=plain nodes=2 ram=1536 timeout=500
# Policies, advice, and what children inherit: where the kernel then puts pages.

# shellcheck disable=SC2016,SC2154 # awk's and the inner shell's own $; holder is from start_holder

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
	clean_up a b
}

rules=(--allow malloc,min=1M --allow anon,min=1M)

second_node()
{
	[[ $(effective cdm.slice) != 0-2 ]] || return 0
	host add 2 256 b
	retry 60 node_is_movable 2
	retry 30 says 0-2 effective cdm.slice
}

# policies PID     prints the policies that its VMAs have, each once
policies()
{
	awk 'sub(/ (default|file=.*|stack|heap|huge|anon=.*|dirty=.*|mapped=.*)$/, "") { sub(/^[0-9a-f]+ /, ""); print }' \
		"/proc/$1/numa_maps" | grep -v -E '^bind=static(\|balancing)?:0' | sort -u
}

# Children ------------------------------------------------------------------------------------------------------------

# start_forker MB OPTION...     starts forker, which forks: process ids $forker and $child
start_forker()
{
	local mb=$1

	shift
	start_program cdm-launch "$@" "$PROGS/forker" "$mb"
	forker=$holder
	echo fork >&"$holder_in"
	retry 60 grep -q '^fork ' "$WORK/holder.out"
	child=$(awk '/^fork / { print $2 }' "$WORK/holder.out")
}

# allocated_on NODE     prints the node's pages (of 4 kB) of anonymous memory, of all processes
allocated_on()
{
	echo $(($(node_used_kb "$1" AnonPages) / 4))
}

# about PAGES COMMAND...     the command prints this number of pages, give or take 4 MiB
about()
{
	local want=$1 got

	shift
	got=$("$@")
	((got > want - 1024 && got < want + 1024)) || { echo "$got, not about $want"; return 1; }
}

# The forker has 2 x 32M, which the child shares; the child's writes make copies, also on the device.
fork_keeps()
{
	start_forker 32 "$@" "${rules[@]}"
	about 16384 pages_on 1 "$forker"
	about 16384 pages_on 1 "$child"
	about 16384 allocated_on 1
	tell_holder read read 1
	about 16384 allocated_on 1
	tell_holder write write 1
	about 16384 pages_on 1 "$child"
	about 16384 pages_on 1 "$forker"
	about 32768 allocated_on 1
	is_placed "$child" 1-2 16000
	end_program
}

@test "a forked child shares device pages, and its copies are on the device" {
	fork_keeps
	fork_keeps --mode trace
}

@test "if the device is full, copies spill to system memory, whichever process writes" {
	start_forker 96 "${rules[@]}"
	about 49152 pages_on 1 "$forker"
	tell_holder write write 1
	# 256M hold the parent's 192M and 64M of the child's, less what the kernel keeps free
	(($(pages_on 1 "$child") > 12000 && $(pages_on 1 "$child") < 16384))
	(($(pages_on 0 "$child") > 32000))
	about 49152 pages_on 1 "$forker"
	end_program
	# ... the process that writes first gets the copy
	start_forker 96 "${rules[@]}"
	tell_holder own own 1
	(($(pages_on 0 "$forker") > 32000))
	about 49152 pages_on 1 "$child"
	end_program
}

fork_leaves()
{
	start_forker 32 --fork dontfork "$@" "${rules[@]}"
	about 16384 pages_on 1 "$forker"
	says 0 pages_on 1 "$child"
	about 16384 allocated_on 1
	tell_holder own own 1
	# no copy: only the parent has the pages
	about 16384 allocated_on 1
	about 16384 pages_on 1 "$forker"
	tell_holder write 'died 11' 1
	end_program
}

@test "with --fork dontfork a child has no device pages, and the parent's writes copy none" {
	fork_leaves
	fork_leaves --mode trace
}

# inherits PAGES OPTION...     a holder that the launched program executes has PAGES on the device
inherits()
{
	local pages=$1

	shift
	start_holder cdm-launch "${rules[@]}" "$@" sh -c '"$0"; exit'
	retry 60 pgrep -x holder
	holder_pid=$(pgrep -x holder)
	is_placed "$holder_pid" 1-2 "$pages"
	(($(pages_on 1 "$holder_pid") >= pages))
	((pages > 0)) || says 0 pages_on 1 "$holder_pid"
	tell_holder more more 1
	tell_holder check intact 1
	end_holder
}

@test "programs that the launched program executes have its rules, with --no-inherit none" {
	inherits 2304
	inherits 2304 --mode trace
	inherits 0 --no-inherit
	inherits 0 --no-inherit --mode trace
	# the launched program itself has the rules
	start_holder cdm-launch "${rules[@]}" --no-inherit
	is_placed "$holder" 1-2 2304
	end_holder
	start_holder cdm-launch "${rules[@]}" --no-inherit --mode trace
	is_placed "$holder" 1-2 2304
	end_holder
}

# Advice ----------------------------------------------------------------------------------------------------------------

# huge_kb PID     prints the kB in huge pages among the memory that a rule has bound
huge_kb()
{
	awk 'NR == FNR { if (/=static:1/) bound[$1]; next }
		/^[0-9a-f]+-/ { sub(/-.*/, ""); here = $1 in bound }
		here && /^AnonHugePages:/ { sum += $2 }
		END { print sum + 0 }' "/proc/$1/numa_maps" "/proc/$1/smaps"
}

@test "a rule's thp= decides on transparent huge pages; thp=always is refused where they are off" {
	local mode was

	was=$(grep -o '\[.*\]' /sys/kernel/mm/transparent_hugepage/enabled | tr -d '[]')
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
	for mode in preload trace; do
		start_forker 32 --mode "$mode" --allow malloc,min=1M,thp=always --allow anon,min=1M,thp=always
		(($(huge_kb "$forker") >= 60 * 1024))
		end_program
		start_forker 32 --mode "$mode" "${rules[@]}"
		says 0 huge_kb "$forker"
		end_program
	done
	echo always >/sys/kernel/mm/transparent_hugepage/enabled
	for mode in preload trace; do
		start_forker 32 --mode "$mode" --allow malloc,min=1M,thp=never --allow anon,min=1M,thp=never
		says 0 huge_kb "$forker"
		end_program
	done
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	run -125 cdm-launch --allow malloc,thp=always true
	[[ $output == *"transparent huge pages are off"* ]]
	echo "$was" >/sys/kernel/mm/transparent_hugepage/enabled
}

@test "huge pages of a pool (hugetlb) are bound and reported" {
	# by a process that may use the node
	cdm-launch sh -c "echo 8 >/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"
	says 8 cat /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages
	cat >"$WORK/pool.py" <<-'EOF'
		import mmap, os
		m = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)
		m[::4096] = b"x" * (8 << 8)
		print("there", flush=True)
		os.read(0, 1)
		os._exit(0)
	EOF
	for mode in preload trace; do
		# the kernel reserves them under the task policy, which trace mode does not change: so node 0 must
		# have as many
		[[ $mode != trace ]] || echo 8 >/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
		READY=^there start_program cdm-launch --mode "$mode" --strict "${rules[@]}" --report="$WORK/pool.json" --json \
			python3 "$WORK/pool.py"
		grep -q '=static:1.* huge .*N1=4 ' "/proc/$holder/numa_maps"
		end_program
		(($(jq '[.placed[].pages["1"] // 0] | add' "$WORK/pool.json") >= 8192 / PAGE_KB))
		says 0 jq .leak_pages "$WORK/pool.json"
	done
	echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
}

# Nodes ---------------------------------------------------------------------------------------------------------------

# At the requests of another round the library checks, at most once a second, whether the nodes have changed. After that
# only the mapping of the first round has the narrow policy.
has_widened()
{
	tell_holder more more $(($(grep -c '^more$' "$WORK/holder.out") + 1)) || return
	says 1 grep -c 'prefer (many)=static:1 ' "/proc/$holder/numa_maps"
}

@test "when a node arrives, the library widens the policy of malloc blocks that prefer, and of new mappings" {
	start_holder cdm-launch "${rules[@]}"
	says 'prefer (many)=static:1' policies "$holder"
	second_node
	# the kernel does not widen the policies that existed when the node came; the library widens those that it owns
	says 'prefer (many)=static:1' policies "$holder"
	retry 10 has_widened
	says $'prefer (many)=static:1\nprefer (many)=static:1-2' policies "$holder"
	says 1 grep -c "prefer (many)=static:1 anon=$((4096 / PAGE_KB)) " "/proc/$holder/numa_maps"
	tell_holder check intact 1
	end_holder
}

# Linux has weighted interleave since 6.9.
has_weighted()
{
	[[ -d /sys/kernel/mm/mempolicy/weighted_interleave ]]
}

@test "the kernel itself widens interleave policies when a node arrives" {
	local policies=(interleave)

	! has_weighted || policies+=(weighted)
	host del b
	retry 30 says 0-1 effective cdm.slice
	for policy in "${policies[@]}"; do
		start_holder cdm-launch --policy "$policy" "${rules[@]}"
		says "${policy/weighted/weighted interleave}=static:1" policies "$holder"
		second_node
		says "${policy/weighted/weighted interleave}=static:1-2" policies "$holder"
		end_holder
		host del b
		retry 30 says 0-1 effective cdm.slice
	done
}

@test "the kernel does not widen the policy of shared memory" {
	cat >"$WORK/shm.py" <<-'EOF'
		import mmap, os
		m = mmap.mmap(-1, 4 << 20)
		m[::4096] = b"x" * (4 << 8)
		print("there", flush=True)
		os.read(0, 1)
		os._exit(0)
	EOF
	READY=^there start_program cdm-launch --policy interleave --allow shm python3 "$WORK/shm.py"
	says interleave=static:1 policies "$holder"
	second_node
	says interleave=static:1 policies "$holder"
	end_program
}

@test "a rule's home= names the node that is tried first" {
	second_node
	for mode in preload trace; do
		for home in 1 2; do
			start_forker 16 --mode "$mode" --allow "malloc,min=1M,home=$home" --allow "anon,min=1M,home=$home"
			about 8192 pages_on "$home" "$forker"
			about 0 pages_on "$((3 - home))" "$forker"
			end_program
		done
	done
	run -125 cdm-launch --policy interleave --allow malloc,home=1 true
	[[ $output == *'"home" goes with prefer and bind'* ]]
	run -125 cdm-launch --allow malloc,nodes=1,home=2 true
	[[ $output == *"node 2 is none of the rule's nodes (1)"* ]]
}

@test "weighted interleave follows the kernel's weights; a kernel without it is given as the reason" {
	if ! has_weighted; then
		run -125 cdm-launch --policy weighted "${rules[@]}" true
		[[ $output == *"this kernel does not know it: Linux 6.9 does" ]]
		return
	fi
	second_node
	echo 3 >/sys/kernel/mm/mempolicy/weighted_interleave/node1
	echo 1 >/sys/kernel/mm/mempolicy/weighted_interleave/node2
	start_forker 32 --policy weighted --allow malloc,min=1M,thp=never --allow anon,min=1M,thp=never
	about 12288 pages_on 1 "$forker"
	about 4096 pages_on 2 "$forker"
	end_program
}
