#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mbind(2) on a private mapping of a file on tmpfs sets the policy of the file.
#
# Version: Linux 6.18.44 (x86-64).
# One would guess: the policy of a MAP_PRIVATE mapping belongs to this mapping, as on any other file system, and applies
#   to the pages that it copies. Only shared mappings share a policy.
# What happens: on tmpfs the policy is set on the file (set_policy of its operations), for private mappings too. Another
#   private mapping of the same file then has the policy; on other file systems it does not.
# Why it matters: a process that places its private copies also places the file's own pages, for every process that maps
#   the file; /tmp is on tmpfs in Debian 13.
#
# Prints the policies of two private mappings of one file, after mbind() on the first, as numa_maps shows them: on
# tmpfs, and on the file system of the python3 that runs this. Fails if the kernel behaves otherwise.

set -eu
said=$(python3 - <<'PYTHON'
import ctypes, mmap, os, sys

PREFERRED = 1
number = {"x86_64": 237, "aarch64": 235, "ppc64le": 259}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
size = mmap.PAGESIZE


def address(mapping):
    return ctypes.addressof(ctypes.c_char.from_buffer(mapping))


def policy(mapping):
    with open("/proc/self/numa_maps", encoding="ascii") as lines:
        return next(line.split()[1] for line in lines if line.startswith(f"{address(mapping):x} "))


for what, fd in (("tmpfs", os.memfd_create("private")), ("other", os.open(os.path.realpath(sys.executable), os.O_RDONLY))):
    if what == "tmpfs":
        os.ftruncate(fd, size)
    both = [mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE) for _ in range(2)]
    mask = ctypes.byref(ctypes.c_ulong(1))
    if libc.syscall(number, ctypes.c_void_p(address(both[0])), ctypes.c_ulong(size), PREFERRED, mask, ctypes.c_ulong(64), 0):
        sys.exit(os.strerror(ctypes.get_errno()))
    print(what, *map(policy, both))
PYTHON
)
echo "$said"
[ "$said" = "tmpfs prefer:0 prefer:0
other prefer:0 default" ]
