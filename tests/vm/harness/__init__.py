# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots Debian's kernels in QEMU on this machine's own root, with NUMA nodes that can be hot-added."""


class HarnessError(Exception):
    """The harness could not do its work; the message says why, and names the remedy if there is one."""
