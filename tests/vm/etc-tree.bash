# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# All of /etc, to compare.

# One line a file: its name, kind, mode, owner, where it points, what is in it. Times are nobody's business.
etc_tree()
{
	find /etc -printf '%p %y %m %U:%G %l\n' | LC_ALL=C sort
	find /etc -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

# etc_is FILE     what differs from an etc_tree of before
etc_is()
{
	etc_tree | diff "$1" -
}
