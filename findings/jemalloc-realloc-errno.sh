#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# jemalloc's realloc(3) can fail without an errno.
#
# Version: libjemalloc2 5.3.0-1 (Debian 12).
# One would guess: what malloc(3), calloc(3) and realloc(3) cannot give is NULL with ENOMEM (POSIX), in all three alike.
# What happens: more than PTRDIFF_MAX is NULL from all three; malloc and calloc set ENOMEM, realloc leaves errno as it was.
# Why it matters: a library in front of it that hands a request on, or a program that prints why it could not grow, says
#   "Success", or whatever failed last.
#
# Prints errno after each; fails when one is something else.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq libjemalloc2=5.3.0-1
dpkg -x ./*.deb root
said=$(LD_PRELOAD=$(echo "$dir"/root/usr/lib/*-linux-gnu*/libjemalloc.so.2) python3 - <<'PYTHON'
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
size = ctypes.c_size_t(2**63 + 1)
for name in ("malloc", "calloc", "realloc"):
    getattr(libc, name).restype = ctypes.c_void_p
block = ctypes.c_void_p(libc.malloc(ctypes.c_size_t(1)))
for name, first in (("malloc", ()), ("calloc", (ctypes.c_size_t(1),)), ("realloc", (block,))):
    ctypes.set_errno(0)
    print(name, getattr(libc, name)(*first, size), ctypes.get_errno())
PYTHON
)
echo "$said"
[ "$said" = "malloc None 12
calloc None 12
realloc None 0" ]
