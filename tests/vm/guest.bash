# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Helpers for scripts and bats files in a guest of tests/vm/vm: hardware from the host, and what the kernel reports.
#
#   bats file:  load guest          script:  . "$VM_GUEST_LIB"
#
# Also set: VM_ARCH, VM_STAGE, VM_INIT, VM_KERNEL (6.1, 6.12 ...), VM_KVER, VM_NODES, VM_ACCEL. A process that a bats
# test leaves in the background must close bats' own descriptor (3>&-), or bats waits for it; spawn_in does.

# untraced     limits bats' DEBUG trap to the test's own lines, not the functions they call: in an emulated guest the
# trap costs more than most commands. Call it first in a file's own setup or setup_file.
untraced()
{
	trap 'set -T; bats_error_trap' ERR
	set +T
}

setup()
{
	untraced
}

# boot_number NAME DEFAULT     prints NUMBER of NAME=NUMBER on the kernel's command line (tests/vm/vm --cmdline,
# cmdline= of a vm: line)
boot_number()
{
	local word number=$2

	for word in $(</proc/cmdline); do
		[[ $word != "$1"=* ]] || number=${word#*=}
	done
	echo "$number"
}

# The kernel's page size: numa_maps counts pages of this size, unless the line names another.
# shellcheck disable=SC2034
PAGE_KB=$(($(getconf PAGESIZE) / 1024))

# host add NODE MB [ID]     hot-adds a DIMM (ID: d1, d2, ... if not given); the guest's kernel sees it a little later
# host del ID [SECONDS]     hot-removes a DIMM: returns when the guest has released it, fails if the guest refuses
# host reset                reboots at once; the DIMMs stay
host()
{
	local port lock tag=$BASHPID.$RANDOM got='' word='' answer=''

	exec {lock}>/run/vmtest/host.lock
	flock "$lock"
	exec {port}<>/run/vmtest/ctl
	echo "$tag $*" >&"$port"
	while read -r got word answer <&"$port" && [[ $got != "$tag" ]]; do :; done
	exec {port}>&- {lock}>&-
	[[ $got == "$tag" && $word == ok ]] && return
	echo "host $*: ${answer:-no answer}" >&2
	return 1
}

# retry SECONDS COMMAND...     runs COMMAND until it succeeds and prints its output; fails with what it printed last
retry()
{
	local limit=$1 began=${EPOCHREALTIME/./} seen

	shift
	until seen=$("$@" 2>&1); do
		if ((${EPOCHREALTIME/./} - began > limit * 1000000)); then
			echo "not true within $limit s: $*${seen:+; last seen: $seen}" >&2
			return 1
		fi
		sleep 0.1
	done
	[[ -z $seen ]] || echo "$seen"
}

# says TEXT COMMAND...     COMMAND must print exactly TEXT; otherwise its output is shown.  retry 10 says 0-1 cat FILE
says()
{
	local want=$1 got

	shift
	got=$("$@") && [[ $got == "$want" ]] && return
	echo "'$got', not '$want'"
	return 1
}

# node_zone NODE     prints the zones of the node's online blocks, each once, in the order of the blocks; nothing if
# none is online
node_zone()
{
	[[ -d /sys/devices/system/node/node$1 ]] || { echo "there is no node $1" >&2; return 1; }
	awk 'BEGIN {
		for (i = 1; i < ARGC; i++) {
			state = zone = ""
			getline state <(ARGV[i] "/state"); close(ARGV[i] "/state")
			if (state != "online") continue
			getline zone <(ARGV[i] "/valid_zones"); close(ARGV[i] "/valid_zones")
			if (!seen[zone]++) line = line (line == "" ? "" : " ") zone
		}
		print line
	}' "/sys/devices/system/node/node$1"/memory[0-9]*
}

# node_used_kb NODE FIELD     prints a field of the node's meminfo in kB, for example MemUsed, AnonPages, FilePages
node_used_kb()
{
	awk -v field="$2:" '$3 == field { print $4; found = 1 } END { exit !found }' "/sys/devices/system/node/node$1/meminfo"
}

# What pages_on and foreign_pages share: a set of nodes, and the pages of one process on them, in base pages.
# shellcheck disable=SC2016 # awk's own $
_pages_awk='
function nodeset(text,   part, i, n, ends, node) {
	n = split(text, part, ",")
	for (i = 1; i <= n; i++) {
		if (split(part[i], ends, "-") == 1) ends[2] = ends[1]
		for (node = ends[1] + 0; node <= ends[2] + 0; node++) wanted["N" node]
	}
}
function pages(pid,   file, i, pair, unit, here, sum) {
	file = "/proc/" pid "/numa_maps"
	while ((getline <file) > 0) {
		here = 0; unit = 4
		for (i = 3; i <= NF; i++)
			if (split($i, pair, "=") == 2) {
				if (pair[1] in wanted) here += pair[2]
				else if (pair[1] == "kernelpagesize_kB") unit = pair[2]
			}
		sum += here * unit / 4
	}
	close(file)
	return sum + 0
}'

# pages_on NODES PID     prints how many pages of 4 kB the process has on these nodes
pages_on()
{
	[[ -r /proc/$2/numa_maps ]] || { echo "there is no process $2" >&2; return 1; }
	awk -v nodes="$1" -v pid="$2" "$_pages_awk"' BEGIN { nodeset(nodes); print pages(pid) }'
}

# foreign_pages NODES [CGROUP...]     prints the pages on these nodes of all processes outside the given cgroups (and
# all below them). Kernel threads have no mappings, so they do not count.
foreign_pages()
{
	awk "$_pages_awk"'
	function cgroup(pid,   file, line, path) {
		file = "/proc/" pid "/cgroup"
		while ((getline line <file) > 0)
			if (line ~ /^0::/ && path == "" || line ~ /^[0-9]+:cpuset:/) {
				path = line
				sub(/^[0-9]+:[^:]*:/, "", path)
			}
		close(file)
		return path
	}
	function excepted(path,   i) {
		for (i = 2; i < ARGC && ARGV[i] !~ /^\/proc\//; i++)
			if (path == ARGV[i] || index(path, ARGV[i] "/") == 1) return 1
		return 0
	}
	BEGIN {
		nodeset(ARGV[1])
		for (i = 2; i < ARGC; i++) {
			if (ARGV[i] !~ /^\/proc\//) { sub(/^\/*/, "/", ARGV[i]); sub(/\/+$/, "", ARGV[i]); continue }
			pid = substr(ARGV[i], 7)
			if (!excepted(cgroup(pid))) sum += pages(pid)
		}
		print sum + 0
	}' "$@" /proc/[0-9]*
}

# The hierarchy that has the cpuset controller.
CGROUP=/sys/fs/cgroup
[[ $VM_INIT != v1 ]] || CGROUP=/sys/fs/cgroup/cpuset

# in_cgroup PATH COMMAND...     runs COMMAND inside $CGROUP/PATH
in_cgroup()
(
	echo "$BASHPID" >"$CGROUP/$1/cgroup.procs" || exit
	shift
	if declare -F "$1" >/dev/null; then
		"$@"
	else
		exec "$@"
	fi
)

# spawn_in PATH COMMAND...     the same in the background; $spawned is the process id of COMMAND itself
spawn_in()
{
	(
		echo "$BASHPID" >"$CGROUP/$1/cgroup.procs" || exit
		shift
		exec "$@" 3>&-
	) &
	# shellcheck disable=SC2034
	spawned=$!
}
