#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each call of glibc's realloc(p, malloc_usable_size(p)) makes a block above M_MMAP_THRESHOLD one page larger.
#
# Version: libc6 2.36-9+deb12u14 (Debian 12).
# One would guess: a block that is resized to the size that it has already stays as it is.
# What happens: blocks of the heap stay as they are. A block above M_MMAP_THRESHOLD has its own mapping, which becomes
#   one page larger and may move: five calls add five pages (mremap_chunk() rounds up the usable size plus a header,
#   which does not fit into the present pages).
# Why it matters: a program that resizes a large buffer to its usable size grows it at each call, on device memory too,
#   and pays for an mremap(2) that may move the mapping.
#
# Prints by how much the usable size grows at each of five calls, for a large block and for a small one. Fails if glibc
# behaves otherwise.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq libc6=2.36-9+deb12u14
dpkg -x ./*.deb root
libs=$(echo "$dir"/root/lib/*-linux-gnu*)
said=$("$(echo "$libs"/ld-linux-*.so.*)" --library-path "$libs" /usr/bin/python3 - <<'PYTHON'
import ctypes

libc = ctypes.CDLL("libc.so.6")
for name in ("malloc", "realloc"):
    getattr(libc, name).restype = ctypes.c_void_p
libc.malloc_usable_size.restype = ctypes.c_size_t
for what, size in (("large", 1 << 20), ("small", 1000)):
    block, grown = ctypes.c_void_p(libc.malloc(ctypes.c_size_t(size))), []
    for _ in range(5):
        usable = libc.malloc_usable_size(block)
        block = ctypes.c_void_p(libc.realloc(block, ctypes.c_size_t(usable)))
        grown.append(libc.malloc_usable_size(block) - usable)
    print(what, *grown)
PYTHON
)
echo "$said"
[ "$said" = "large 4096 4096 4096 4096 4096
small 0 0 0 0 0" ]
