#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hwloc-bind --mempolicy bind does not set MPOL_BIND.
#
# Versions: hwloc-nox and libhwloc15 2.9.0-1 (Debian 12), Linux 5.15 and later.
# One would guess: the policy "bind" is MPOL_BIND, as with numactl --membind: the program gets memory of these nodes
#   or none.
# What happens: without --strict the policy is MPOL_PREFERRED_MANY, so the program spills to other nodes when these
#   are full. Only with --strict it is MPOL_BIND.
# Why it matters: a job that hwloc-bind has "bound" to a device node can have pages on system nodes, and nothing fails.
#   When the node is full, its OOM killer does not look for this job.
#
# Prints both policies as numa_maps shows them. Fails if hwloc-bind behaves otherwise.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq hwloc-nox=2.9.0-1 libhwloc15=2.9.0-1 libltdl7
for package in ./*.deb; do dpkg -x "$package" root; done

# policy OPTION...     prints the policy of the first mapping of a program that is bound with these options
policy()
{
	LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu*) "$dir/root/usr/bin/hwloc-bind" "$@" \
		--membind node:0 --mempolicy bind -- awk 'NR == 1 { sub(/^[0-9a-f]+ /, ""); sub(/:0 .*/, ""); print }' /proc/self/numa_maps
}

lazy=$(policy)
strict=$(policy --strict)
echo "--mempolicy bind:          $lazy"
echo "--mempolicy bind --strict: $strict"
[ "$lazy" = "prefer (many)" ]
[ "$strict" = "bind" ]
