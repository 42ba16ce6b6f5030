#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mbind(MPOL_DEFAULT) on another mapping of shared memory does not remove the policy.
#
# Version: Linux 6.18.44 (x86-64).
# One would guess: shared memory has one policy, whichever mapping sets it (set_policy of the file), so MPOL_DEFAULT
#   through any mapping removes it.
# What happens: a policy that is set through the first mapping is seen through both. MPOL_DEFAULT through the second
#   returns 0 and changes nothing. MPOL_LOCAL through the second changes both; MPOL_DEFAULT after it works.
# Why it matters: a caller that resets memory to the default (a library that did not set the policy itself, or a mapping
#   that executes what the other one writes) gets success, and pages still go to the node.
#
# Prints the policy of both mappings after each call, as numa_maps shows it. Fails if the kernel behaves otherwise.

set -eu
said=$(python3 - <<'PYTHON'
import ctypes, mmap, os

PREFERRED, LOCAL, DEFAULT = 1, 4, 0
number = {"x86_64": 237, "aarch64": 235, "ppc64le": 259}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
size = mmap.PAGESIZE
fd = os.memfd_create("shared")
os.ftruncate(fd, size)
first, second = (mmap.mmap(fd, size) for _ in range(2))


def address(mapping):
    return ctypes.addressof(ctypes.c_char.from_buffer(mapping))


def mbind(mapping, mode, nodes=0):
    mask = ctypes.byref(ctypes.c_ulong(nodes)) if nodes else None
    bits = ctypes.c_ulong(64 if nodes else 0)
    return libc.syscall(number, ctypes.c_void_p(address(mapping)), ctypes.c_ulong(size), mode, mask, bits, 0)


def policy(mapping):
    with open("/proc/self/numa_maps", encoding="ascii") as lines:
        return next(line.split()[1] for line in lines if line.startswith(f"{address(mapping):x} "))


for what, mapping, mode, nodes in (
    ("preferred by the first", first, PREFERRED, 1),
    ("default by the second", second, DEFAULT, 0),
    ("local by the second", second, LOCAL, 0),
    ("default by the second", second, DEFAULT, 0),
):
    status = mbind(mapping, mode, nodes)
    print(f"{what}: {status}, {policy(first)} {policy(second)}")
PYTHON
)
echo "$said"
[ "$said" = "preferred by the first: 0, prefer:0 prefer:0
default by the second: 0, prefer:0 prefer:0
local by the second: 0, local local
default by the second: 0, default default" ]
