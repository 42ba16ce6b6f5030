# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command in a root of this machine's architecture, in separate namespaces: no mount is left behind."""

import os
import subprocess

from . import host

SCRIPT = """
root=$1 directory=$2
shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$directory" "$root/mnt"
exec chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
	sh -c 'cd /mnt && exec "$@"' sh "$@"
"""


def run(root, directory, command):
    """Returns the command's exit status; 'directory' is its /mnt and its working directory."""
    whoever = [] if os.geteuid() == 0 else ["--map-root-user"]
    argv = [host.find("unshare"), "--mount", "--pid", "--fork", "--kill-child", *whoever, "sh", "-ec", SCRIPT, "sh"]
    return subprocess.run([*argv, str(root), str(directory), *command], stdin=subprocess.DEVNULL, check=False).returncode
