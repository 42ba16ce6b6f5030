#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-again: init=plain kernels=6.12 nodes=2 ram=1536 cpus=2 timeout=1800 cmdline=cdm.cycles=100
# vm-again: init=systemd,v1 kernels=6.1 nodes=2 ram=1536 cpus=2 timeout=1800 cmdline=cdm.cycles=100
# A node is added and removed many times, while foreign processes fill memory and cgroups come and go: no foreign page
# gets onto the node, and cdmd does not grow. "cdm.cycles=N" on the kernel's command line (tests/vm/vm --cmdline) sets
# the number of cycles; the default is enough to see a leak of one object per cycle.

bats_require_minimum_version 1.5.0
load guest
load cdm

CYCLES=$(boot_number cdm.cycles 20)

setup_file()
{
	untraced
	mkdir -p "$WORK"
	start_cdmd
	retry 30 all_fenced 0
	start_foreign_pressure
	start_sampler
	retry 240 system_is_full
}

teardown_file()
{
	clean_up a
}

descriptors()
{
	find "/proc/$(cdmd_pid)/fd" -mindepth 1 | wc -l
}

# Counts cdmd's inotify watches: each has a separate descriptor, as far as the kernel's limits permit.
watches()
{
	cat "/proc/$(cdmd_pid)"/fdinfo/* | grep -c ^inotify
}

resident_kb()
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$(cdmd_pid)/status"
}

# A process in the group uses the node, in a separate cgroup (a unit).
use_node()
{
	if [[ $VM_INIT == systemd ]]; then
		systemd-run --quiet --collect --wait --slice=cdm.slice numactl --membind=1 true
		return
	fi
	make_cgroup cdm.slice/guest
	in_cgroup cdm.slice/guest numactl --membind=1 true
	rmdir "$CGROUP/cdm.slice/guest"
}

cycle()
{
	host add 1 256 a
	retry 60 node_is_movable 1
	retry 60 says 0-1 effective cdm.slice
	use_node
	host del a
	retry 60 says 0 effective cdm.slice
}

settled_watches()
{
	says "$1" watches
}

@test "while a node comes and goes, no foreign process has a page on it, and cdmd does not grow" {
	local began=$SECONDS fds kb marks

	for ((i = 1; i <= CYCLES; i++)); do
		cycle
		((i == 10)) || continue
		echo "# 10 cycles in $((SECONDS - began)) s" >&3
		fds=$(descriptors) kb=$(resident_kb) marks=$(watches)
	done
	echo "# $CYCLES cycles in $((SECONDS - began)) s; descriptors $fds, then $(descriptors); watches $marks, then" \
		"$(watches); VmRSS $kb kB, then $(resident_kb) kB" >&3
	all_fenced 0
	sampled_again 2
	end_foreign sampler
	tail -1 "$WORK/sampler.out" | sed 's/^/# /' >&3
	grep -m5 -E '^(foreign|effective):' "$WORK/sampler.out" || :
	tail -1 "$WORK/sampler.out" | grep -qE '^samples [0-9]+ pages 0 effective 0 '
	says "$fds" descriptors
	retry 10 settled_watches "$marks"
	(($(resident_kb) <= kb + 256))
	run ! grep -E 'result=(failed|skipped)' <(cdmd_log)
}
