#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# numastat -p of a process that does not exist succeeds.
#
# Version: numactl 2.0.16-1 (Debian 12).
# One would guess: a process that does not exist is an error, as it is for migratepages of the same package (status 1).
# What happens: numastat ends with status 0. For a pid it prints a table for the name "(null)", and the reason only on
#   standard error; for a name it prints that it found no process, and then the numbers of the whole machine.
# Why it matters: a script that checks with numastat whether a program has pages on a node takes a program that has
#   ended for one without pages there, and for a misspelt name it reads the numbers of the whole machine.
#
# Prints the output and the status. Fails if numastat behaves otherwise.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq numactl=2.0.16-1 libnuma1=2.0.16-1
for package in ./*.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu*)
PATH=$dir/root/usr/bin:$PATH
export LD_LIBRARY_PATH PATH

# Larger than any pid (PID_MAX_LIMIT).
nobody=4194305

status=0
numastat -p "$nobody" >out 2>err || status=$?
cat out err
echo "numastat -p $nobody -> $status"
[ "$status" -eq 0 ]
grep -q "for PID $nobody ((null))" out
grep -q "No such file or directory" err

status=0
numastat -p no-such-program >out 2>err || status=$?
cat out err
echo "numastat -p no-such-program -> $status"
[ "$status" -eq 0 ]
grep -q "Found no processes" out
grep -q "^Numa_Hit" out

status=0
migratepages "$nobody" 0 0 >out 2>&1 || status=$?
echo "migratepages $nobody 0 0 -> $status: $(cat out)"
[ "$status" -eq 1 ]
