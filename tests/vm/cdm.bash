# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scenarios share: the daemon, cgroups, foreign processes, launched programs and where their pages are.
# Loaded after guest.bash.

# shellcheck source=tests/vm/etc-tree.bash
. "$(dirname "${BASH_SOURCE[0]}")/etc-tree.bash"

PROGS=/usr/libexec/cdm-tests
WORK=/run/vmtest/work
EFFECTIVE=cpuset.mems.effective
[[ $VM_INIT != v1 ]] || EFFECTIVE=cpuset.effective_mems

# The daemon ----------------------------------------------------------------------------------------------------------

cdmd_is_ready()
{
	grep -q event=ready "$WORK/cdmd.log"
}

start_cdmd()
{
	mkdir -p "$WORK"
	if [[ $VM_INIT == systemd ]]; then
		systemctl start cdmd.service
	else
		cdmd 2>>"$WORK/cdmd.log" 3>&- &
		echo $! >"$WORK/cdmd.pid"
		retry 30 cdmd_is_ready
	fi
}

cdmd_pid()
{
	if [[ $VM_INIT == systemd ]]; then
		systemctl show -P MainPID cdmd.service
	else
		cat "$WORK/cdmd.pid"
	fi
}

stop_cdmd()
{
	if [[ $VM_INIT == systemd ]]; then
		systemctl stop cdmd.service
	else
		kill "$(<"$WORK/cdmd.pid")" || :
		retry 30 process_is_gone "$(<"$WORK/cdmd.pid")"
		: >"$WORK/cdmd.log"
	fi
}

# kill_cdmd     by SIGKILL; start_cdmd starts it again
kill_cdmd()
{
	local pid

	pid=$(cdmd_pid)
	kill -KILL "$pid"
	retry 30 process_is_gone "$pid"
	[[ $VM_INIT == systemd ]] || : >"$WORK/cdmd.log"
}

cdmd_log()
{
	if [[ $VM_INIT == systemd ]]; then
		journalctl -b -u cdmd.service -o cat --no-pager
	else
		cat "$WORK/cdmd.log"
	fi
}

process_is_gone()
{
	[[ ! -e /proc/$1/exe ]]
}

# clean_up [DIMM...]     restores the state after boot for the next file, and removes these DIMMs
clean_up()
{
	end_foreign || :
	stop_cdmd || :
	cdmadm teardown || :
	for id in "$@"; do host del "$id" || :; done
	rm -rf "$WORK" /run/cdm
}

# footprint     prints everything that setup, apply and cdmd change: it must be the same before setup and after teardown
footprint()
{
	etc_tree
	find /run/cdm 2>/dev/null | LC_ALL=C sort
	grep -r . --include=cpuset.mems "$CGROUP" | LC_ALL=C sort
	[[ $VM_INIT == systemd ]] || find "$CGROUP" -maxdepth 1 -type d | LC_ALL=C sort
	python3 -c 'import os, sys; print(*[name for name in os.listxattr(sys.argv[1]) if "cdm" in name])' "$CGROUP"
	cat /sys/devices/system/memory/auto_online_blocks
	[[ $VM_INIT != systemd ]] || systemctl show -P ActiveState -P UnitFileState cdmd.service
}

# as_before FILE     the footprint equals the one in FILE
as_before()
{
	footprint | diff "$1" -
}

# Cgroups ---------------------------------------------------------------------------------------------------------------

effective()
{
	cat "$CGROUP/$1/$EFFECTIVE"
}

mems()
{
	cat "$CGROUP/$1/cpuset.mems"
}

# make_cgroup PATH...     creates cgroups by hand; a v1 cpuset cannot be used until it has both lists, copied from its
# parent
make_cgroup()
{
	local path file

	for path; do
		[[ ! -d $CGROUP/$path ]] || continue
		mkdir -p "$CGROUP/$path"
		[[ $VM_INIT == v1 ]] || continue
		for file in cpus mems; do
			cat "$CGROUP/$path/../cpuset.$file" >"$CGROUP/$path/cpuset.$file"
		done
	done
}

# contained CGROUP COMMAND...     runs it in a cgroup namespace that begins at CGROUP and sees only CGROUP, read-only
contained()
{
	local cgroup=$1 type=cgroup2 options=ro

	shift
	[[ $VM_INIT != v1 ]] || { type=cgroup; options=ro,cpuset; }
	in_cgroup "$cgroup" unshare --cgroup --mount sh -c '
		umount -R "$1"
		mount -t "$2" -o "$3" none "$1"
		shift 3
		exec "$@"' sh "$CGROUP" "$type" "$options" "$@"
}

# all_fenced NODES [GROUP...]     every top-level cgroup except the groups (cdm.slice) has exactly these nodes
all_fenced()
{
	local want=$1 dir nodes bad=0

	shift
	(($# > 0)) || set -- cdm.slice
	for dir in "$CGROUP"/*/; do
		dir=${dir%/}
		[[ " $* " == *" ${dir##*/} "* ]] && continue
		nodes=$(<"$dir/$EFFECTIVE") 2>/dev/null || { [[ ! -d $dir ]] && continue; nodes='no cpuset'; }
		[[ $nodes == "$want" ]] || { echo "${dir##*/} has $nodes"; bad=1; }
	done
	return $bad
}

# Waits until cdmd has reconciled once more: until it has fenced a new cgroup or, on v1, moved a new process of the
# root.
cdmd_has_looked()
{
	local stray

	if [[ $VM_INIT == v1 ]]; then
		spawn_in "" sleep infinity
		stray=$spawned
		retry 30 grep -q '^sleep$' "/proc/$stray/comm"
	fi
	mkdir "$CGROUP/newcomer"
	if [[ $VM_INIT == v1 ]]; then
		retry 30 grep -q ':cpuset:/cdm-fence$' "/proc/$stray/cgroup"
		kill "$stray"
	else
		retry 30 grep -q . "$CGROUP/newcomer/cpuset.mems"
	fi
	rmdir "$CGROUP/newcomer"
}

# block_states NODE     prints the states of the node's blocks, each state once
block_states()
{
	sort -u "/sys/devices/system/node/node$1"/memory[0-9]*/state
}

node_is_movable()
{
	says Movable node_zone "$1"
}

# start_with_node MB     starts the daemon and adds node 1, which cdmd grants to cdm.slice; clean_up ends it all
start_with_node()
{
	mkdir -p "$WORK"
	start_cdmd
	retry 30 all_fenced 0
	host add 1 "$1" a
	retry 60 node_is_movable 1
	retry 30 says 0-1 effective cdm.slice
}

# switches PID     prints the number of its context switches: it stays the same as long as the process is not woken
switches()
{
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"
}

# sizes PID     prints the sizes of its memory, on one line
sizes()
{
	awk '/^(Rss|Pss|Private_Dirty):/ { printf "%s %d kB ", $1, $2 }' "/proc/$1/smaps_rollup"
}

# Foreign processes (outside the groups): they fill memory and page cache while a sampler watches ---------------------------

# foreign CGROUP NAME COMMAND...
foreign()
{
	local cgroup=$1 name=$2

	shift 2
	if [[ $VM_INIT == systemd ]]; then
		systemd-run --quiet --collect --slice="$cgroup" --unit="foreign-$name" -p StandardOutput="append:$WORK/$name.out" "$@"
	else
		make_cgroup "$cgroup"
		spawn_in "$cgroup" setsid "$@" >>"$WORK/$name.out"
		retry 10 kill -0 -- "-$spawned"
		echo "$spawned" >"$WORK/foreign-$name.pid"
	fi
}

group_is_gone()
{
	! kill -0 -- "-$1"
}

# end_foreign [NAME]     sends SIGTERM to one or to all of them, and to their children, since bats waits for every
# process that has its stderr
end_foreign()
{
	local pid

	if [[ $VM_INIT == systemd ]]; then
		systemctl stop "foreign-${1:-*}.service"
		return
	fi
	for pid in "$WORK"/foreign-${1:-*}.pid; do
		[[ -e $pid ]] || continue
		kill -- "-$(<"$pid")" || :
		retry 30 group_is_gone "$(<"$pid")"
		rm "$pid"
	done
}

# start_foreign_pressure     starts two processes whose heap and tmpfs leave 70 MB free, and a third that fills the rest
# with page cache (of which there is little if the root is small)
start_foreign_pressure()
{
	local mb=$(($(node_used_kb 0 MemFree) / 1024 / 4 - 18))

	foreign system.slice press-a "$PROGS/press" "$mb" /dev/shm/press-a
	foreign user.slice press-b "$PROGS/press" "$mb" /dev/shm/press-b
	foreign system.slice press-c /bin/sh -c \
		'while :; do cat /usr/lib/*-linux-gnu*/*.so; find /lib/modules/ /usr/share -type f -exec cat {} +; done >/dev/null'
}

# system_is_full     true once these processes have filled system memory: pages that may go to another node then do so
system_is_full()
{
	(($(node_used_kb 0 MemFree) < 90000)) || { echo "$(node_used_kb 0 MemFree) kB free"; return 1; }
}

# fill_system     fills system memory, except for page cache that the kernel can reclaim, until the kernel looks for
# other nodes; empty_system frees it. The filling processes are fenced. The kernel reclaims page cache meanwhile, so
# filling is repeated.
fill_system()
{
	local low place=system.slice

	(($(node_used_kb 0 'Inactive(file)') + $(node_used_kb 0 'Active(file)') > 80000)) || cat /usr/bin/node >/dev/null
	# the low watermark of node 0 (mm/page_alloc.c, get_page_from_freelist()): below it the kernel tries other nodes
	# first
	low=$(awk '$1 == "Node" { node = $2 } node == "0," && $1 == "low" { sum += $2 * 4 } END { print sum }' /proc/zoneinfo)
	mkdir -p "$WORK/full"
	mountpoint -q "$WORK/full" || mount -t tmpfs -o size=100% tmpfs "$WORK/full"
	# under systemd, system.slice itself holds no processes
	[[ $VM_INIT != systemd ]] || place+=/filler
	make_cgroup "$place"
	retry 60 fill_more "$low" "$place"
}

# fill_more LOW CGROUP     fills once more; true if free memory was already close to the watermark
fill_more()
{
	local free

	free=$(node_used_kb 0 MemFree)
	((free >= $1 + 30000)) || { echo "$free kB free, low watermark $1 kB"; return; }
	in_cgroup "$2" fallocate -l $((free - $1 - 4096))K "$WORK/full/$free.$BASHPID" || :
	return 1
}

empty_system()
{
	! mountpoint -q "$WORK/full" || umount "$WORK/full"
}

# start_sampler [GROUP...]
start_sampler()
{
	(($# > 0)) || set -- cdm.slice
	foreign system.slice sampler "$PROGS/sampler" 0 "$@"
	sampled_again 1
}

samples()
{
	grep -c '^sample ' "$WORK/sampler.out"
}

has_sampled()
{
	(($(samples) >= $1))
}

# sampled_again N     waits for N more samples
sampled_again()
{
	retry 120 has_sampled $(($(samples) + $1))
}

# Ends the sampler. In all its samples it must have seen no page of other processes on a device node, and, if no group
# used the nodes meanwhile (sampler_saw_nothing resident), no page there at all.
sampler_saw_nothing()
{
	end_foreign sampler
	grep -m5 -E "^(foreign|effective${1:+|$1}):" "$WORK/sampler.out" || :
	tail -1 "$WORK/sampler.out" | tee "$WORK/sampler.sum"
	grep -qE "^samples [0-9]+ pages 0 effective 0 resident ${1:+0$}" "$WORK/sampler.sum"
}

# Launched programs -------------------------------------------------------------------------------------------------------

# placement PID DEVICE-NODES     prints, from numa_maps, "allowed_there N allowed_elsewhere N other_there N" in pages of
# 4 kB; a VMA counts as allowed if its own policy names a device node
placement()
{
	awk -v nodes="$2" '
	function expand(text, into,   part, i, n, ends, k) {
		n = split(text, part, ",")
		for (i = 1; i <= n; i++) {
			if (split(part[i], ends, "-") == 1) ends[2] = ends[1]
			for (k = ends[1] + 0; k <= ends[2] + 0; k++) into[k] = 1
		}
	}
	BEGIN { expand(nodes, device) }
	{
		allowed = 0
		if (match($0, /=static:[0-9,-]+/)) {
			delete mask
			expand(substr($0, RSTART + 8, RLENGTH - 8), mask)
			for (k in mask) if (k in device) allowed = 1
		}
		for (i = 2; i <= NF; i++)
			if ($i ~ /^N[0-9]+=[0-9]+$/) {
				split(substr($i, 2), pair, "=")
				there = pair[1] in device
				pages = pair[2] * unit()
				if (allowed && there) at += pages
				else if (allowed) af += pages
				else if (there) { ot += pages; print "on a device node without a rule: " $0 > "/dev/stderr" }
			}
	}
	function unit() { return match($0, /kernelpagesize_kB=[0-9]+/) ? substr($0, RSTART + 18, RLENGTH - 18) / 4 : 1 }
	END { printf "allowed_there %d allowed_elsewhere %d other_there %d\n", at, af, ot }' "/proc/$1/numa_maps"
}

# is_placed PID DEVICE-NODES PAGES     exactly the allowed pages are on the device nodes, and they are at least PAGES
# (of 4 kB)
is_placed()
{
	local there elsewhere other

	read -r _ there _ elsewhere _ other < <(placement "$1" "$2")
	echo "allowed: $there there, $elsewhere elsewhere; others there: $other"
	((there >= $3 && elsewhere == 0 && other == 0))
}

# kinds_on_device PID DEVICE-NODES     prints the VMAs with pages on device nodes that are text, data, heap or stack;
# there must be none
kinds_on_device()
{
	grep -E "(file=|heap|stack).* N(${2//,/|})=" "/proc/$1/numa_maps" || :
}

# start_program COMMAND...     starts COMMAND, and returns when it has printed "ready" (or a line that matches the
# regular expression $READY). $holder is its process id. end_program closes its standard input, $holder_in, at which it
# ends; end_program fails if the program does.
start_program()
{
	rm -f "$WORK/holder.in" "$WORK/holder.out"
	mkfifo "$WORK/holder.in"
	"$@" <"$WORK/holder.in" >"$WORK/holder.out" 2>&1 3>&- &
	# shellcheck disable=SC2034
	holder=$!
	exec {holder_in}>"$WORK/holder.in"
	retry 120 grep -qE "${READY:-^ready}" "$WORK/holder.out"
}

end_program()
{
	exec {holder_in}>&-
	wait "$holder" || { cat "$WORK/holder.out"; return 1; }
}

# start_holder LAUNCHER...     runs holder (or $HOLDER) under the launcher, like start_program
start_holder()
{
	start_program "$@" "$PROGS/${HOLDER:-holder}"
}

holder_said()
{
	[[ $(grep -c "^$1$" "$WORK/holder.out") -ge $2 ]] || { cat "$WORK/holder.out"; return 1; }
}

# tell_holder COMMAND ANSWER COUNT     sends COMMAND; then ANSWER must be in the output COUNT times
tell_holder()
{
	echo "$1" >&"$holder_in"
	retry 60 holder_said "$2" "$3"
}

end_holder()
{
	echo quit >&"$holder_in"
	end_program
}

# same_output PROGRAM OPTION...     PROGRAM, a kind of holder, prints the same with and without cdm-launch "${rules[@]}"
# OPTION...
same_output()
{
	local program=$1

	shift
	printf 'more\ncheck\n' | "$PROGS/$program" >"$WORK/holder.plain"
	# shellcheck disable=SC2154 # rules are the test's
	printf 'more\ncheck\n' | cdm-launch "${rules[@]}" "$@" "$PROGS/$program" >"$WORK/holder.launched"
	cmp "$WORK/holder.plain" "$WORK/holder.launched"
	says intact tail -1 "$WORK/holder.launched"
}

is_traced()
{
	[[ $(awk '/^TracerPid:/ { print $2 }' "/proc/$1/status") != 0 ]]
}

# placed_while_reading NAME COMMAND...     runs COMMAND traced, then the command $before_reading, then feeds COMMAND the
# file $WORK/NAME.input. COMMAND then has at least 4 MiB on node 1, and nothing else is there. Its output is the same
# with and without the launcher.
placed_while_reading()
{
	local name=$1 pid

	shift
	"$@" <"$WORK/$name.input" >"$WORK/$name.plain"
	rm -f "$WORK/$name.in"
	mkfifo "$WORK/$name.in"
	# shellcheck disable=SC2154 # rules are the test's
	cdm-launch "${rules[@]}" "$@" <"$WORK/$name.in" >"$WORK/$name.launched" 3>&- &
	pid=$!
	${before_reading:-:}
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
