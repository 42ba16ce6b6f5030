#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# jemalloc's realloc(3) can fail without setting errno.
#
# Version: libjemalloc2 5.3.0-1 (Debian 12).
# One would guess: if malloc(3), calloc(3) or realloc(3) fails, it returns NULL and sets errno to ENOMEM (POSIX).
# What happens: for more than PTRDIFF_MAX bytes all three return NULL; malloc and calloc set ENOMEM, realloc leaves
#   errno unchanged.
# Why it matters: an interposed library that forwards the call, or a program that prints why it failed, reports
#   "Success" or an older error.
#
# Prints errno after each call. Fails if jemalloc behaves otherwise.

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
