# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# All of /etc, for comparison.

# Prints one line per file: its name, type, mode, owner, link target, content. Times are left out.
etc_tree()
{
	find /etc -printf '%p %y %m %U:%G %l\n' | LC_ALL=C sort
	find /etc -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

# etc_is FILE     prints the differences to an earlier etc_tree
etc_is()
{
	etc_tree | diff "$1" -
}
