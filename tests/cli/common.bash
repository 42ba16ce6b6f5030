# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers for tests on captured trees. Nothing here needs privileges or touches the running system.

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
: "${CDM_BUILD:=build}"
[[ $CDM_BUILD == /* ]] || CDM_BUILD=$top/$CDM_BUILD
trees=$top/tests/fixtures/trees

cdmadm()
{
	"$CDM_BUILD/cdmadm" "$@"
}

# on TREE ARG...     runs cdmadm on a captured tree
on()
{
	local tree=$1

	shift
	cdmadm --sysroot "$trees/$tree" "$@"
}

# json_is DOCUMENT     $output equals this document; the order of its keys does not matter
json_is()
{
	diff -u <(jq -S . <<<"$1") <(jq -S . <<<"$output")
}

# contains TEXT     fails, and prints $output, if TEXT is not in it
contains()
{
	[[ $output == *"$1"* ]] || { echo "not in the output: $1"; echo "output: $output"; return 1; }
}

# tree_from TREE     copies a captured tree without its processes to $tree, where the test may change it
tree_from()
{
	tree=$BATS_TEST_TMPDIR/tree
	rm -rf "$tree"
	cp -r "$trees/$1" "$tree"
	rm -rf "$tree"/proc/[0-9]*
}

# put PATH TEXT     writes a file of $tree
put()
{
	mkdir -p "$tree/$(dirname "$1")"
	printf '%b\n' "$2" >"$tree/$1"
}

# cgroup PATH MEMS EFFECTIVE     makes a v2 cgroup with a cpuset
cgroup()
{
	local dir=sys/fs/cgroup/$1

	put "$dir/cpuset.mems" "$2"
	put "$dir/cpuset.mems.effective" "$3"
	put "$dir/cgroup.subtree_control" ''
	put "$dir/cgroup.events" 'populated 1\nfrozen 0'
}

# numa_stat CGROUP ANON     writes its memory.numa_stat: ANON bytes of anonymous memory on node 1
numa_stat()
{
	put "sys/fs/cgroup/$1/memory.numa_stat" "anon N0=409600 N1=$2\nfile N0=0 N1=0\nkernel_stack N0=16384 N1=0"
}

# used_on_node1 KIB     writes node 1's meminfo: KIB of anonymous memory
used_on_node1()
{
	put sys/devices/system/node/node1/meminfo "Node 1 MemTotal:       524288 kB
Node 1 MemFree:        $((524288 - $1)) kB
Node 1 FilePages:           0 kB
Node 1 AnonPages:      $1 kB"
}

# process PID COMM CGROUP     makes a process without mappings
process()
{
	put "proc/$1/comm" "$2"
	put "proc/$1/cgroup" "0::/$3"
	: >"$tree/proc/$1/numa_maps"
	: >"$tree/proc/$1/maps"
}

# mapping PID START END PERMISSIONS POLICY PAGES [NAME]     adds a mapping; PAGES as in numa_maps: "anon=3 N1=3"
mapping()
{
	local file=

	[[ ${7-} != /* ]] || file=" file=$7"
	[[ ${7-} != '[heap]' ]] || file=' heap'
	[[ ${7-} != '[stack]' ]] || file=' stack'
	printf '%s %s%s %s kernelpagesize_kB=4\n' "$2" "$5" "$file" "$6" >>"$tree/proc/$1/numa_maps"
	printf '%s-%s %s 00000000 00:00 0 %20s%s\n' "$2" "$3" "$4" '' "${7-}" >>"$tree/proc/$1/maps"
}
