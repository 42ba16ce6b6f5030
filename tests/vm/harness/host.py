# SPDX-License-Identifier: GPL-2.0-or-later
"""What the harness needs from this machine: programs, commands, a place for its cache."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import HarnessError

SEARCH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"

# Each program, and the Debian package that contains it.
PROGRAMS = {
    "busybox": "busybox-static",
    "depmod": "kmod",
    "modprobe": "kmod",
    "dpkg": "dpkg",
    "apt-get": "apt",
    "apt-cache": "apt",
    "setpriv": "util-linux",
    "zstd": "zstd",
}
# What a guest that boots from this machine's root runs itself.
IN_GUEST = {"mount": "mount"}
FOR_BATS = {"bats": "bats"}
FOR_SYSTEMD = {
    "/lib/systemd/systemd": "systemd",
    "/lib/systemd/systemd-udevd": "udev",
    "dbus-daemon": "dbus",
}


def find(program):
    return shutil.which(program, path=SEARCH)


def require(programs):
    """Names every missing program (or file) and its package, in one line."""
    missing = [f"{os.path.basename(name)} (package {package})" for name, package in programs.items()
               if not find(name) and not (name.startswith("/") and os.path.exists(name))]  # fmt: skip
    if missing:
        raise HarnessError(f"missing {', '.join(missing)}: run 'make deps' as root")


def run(*argv, cwd=None):
    """Runs a program of this machine and returns its output; its last line on stderr becomes the error."""
    env = dict(os.environ, PATH=SEARCH, LC_ALL="C", DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(argv, cwd=cwd, env=env, text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise HarnessError(f"{' '.join(map(str, argv))}: {said}")
    return done.stdout


def release():
    """The code name of this machine's release of Debian."""
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    named = re.search(r"^VERSION_CODENAME=(\w+)$", text, re.MULTILINE)
    if not named:
        raise HarnessError("/etc/os-release names no VERSION_CODENAME: this is not a release of Debian")
    return named[1]


def cache_dir():
    """CDM_VM_CACHE; otherwise a system-wide place for root, and the user's own cache for others."""
    chosen = os.environ.get("CDM_VM_CACHE")
    if chosen:
        path = Path(chosen).absolute()
    elif os.geteuid() == 0:
        path = Path("/var/cache/cdm-tools-vm")
    else:
        path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdm-tools-vm"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HarnessError(f"cannot make the cache {path}: {error.strerror}; set CDM_VM_CACHE") from error
    return path


@contextlib.contextmanager
def cache_lock():
    """One process at a time fills the cache."""
    with open(cache_dir() / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
