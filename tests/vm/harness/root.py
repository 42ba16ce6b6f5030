# SPDX-License-Identifier: GPL-2.0-or-later
"""A root of Debian's packages for an architecture that is not this machine's: unpacked into the cache, never installed."""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from . import HarnessError, arch, host

# What is compiled and linked against, and what the scenarios run.
PACKAGES = (
    "libc6-dev", "libcgroup-dev", "libudev-dev", "libnuma-dev", "libjansson-dev", "libsmartcols-dev", "libsystemd-dev",
    "libjemalloc-dev", "musl-dev",
    "base-files", "base-passwd", "bash", "bats", "bsdutils", "busybox-static", "coreutils", "dash", "diffutils", "findutils", "fzf",
    "grep", "gzip", "hostname", "jq", "kmod", "libc-bin", "mawk", "mount", "numactl", "procps", "python3", "sed",
    "shfmt", "sqlite3", "tar", "udev", "util-linux",
)  # fmt: skip

TRIES, PAUSE = 3, 20  # seconds

# As on an installed machine, /lib is usr/lib: a library and the archive beside it, of which one package has the first in /lib
# and the other in /usr/lib, are found in one place.
MERGED = 'cd "$1"; for d in bin sbin lib lib64; do mkdir -p "usr/$d"; ln -s "usr/$d" "$d"; done'

# What the packages' own scripts would have made.
DIRECTORIES = ("dev", "mnt", "proc", "root", "run", "sys", "tmp")
LINKS = {"bin/sh": "dash", "usr/bin/awk": "mawk", "usr/bin/python3": "python3.11"}
COPIES = {"etc/passwd": "usr/share/base-passwd/passwd.master", "etc/group": "usr/share/base-passwd/group.master"}


def recipe(wanted):
    """A short hash of everything the root is made by."""
    return hashlib.sha256(Path(__file__).read_bytes() + repr(wanted).encode()).hexdigest()[:12]


def source():
    """This machine's release and where its packages come from: its main archive has every architecture."""
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    release = re.search(r"^VERSION_CODENAME=(\w+)$", text, re.MULTILINE)
    if not release:
        raise HarnessError("/etc/os-release names no VERSION_CODENAME: this is not a release of Debian")
    listed = host.run("apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages")
    for line in listed.splitlines():
        name, component, uri = line.split()
        if (name, component) == (release[1], "main"):
            return name, f"deb {uri} {name} main"
    raise HarnessError(f"apt knows no archive of {release[1]}: run 'apt-get update' as root")


def make_relative(root):
    """A linker that is told of a sysroot follows an absolute link out of it."""
    for path in (root / "usr").glob("lib*/**/*"):
        if path.is_symlink() and path.readlink().is_absolute():
            target = os.path.relpath(root / path.readlink().relative_to("/"), path.parent)
            path.unlink()
            path.symlink_to(target)


def fetch(root, *arguments):
    """A mirror that is being updated has lists that do not fit together, for a while."""
    for left in range(TRIES - 1, -1, -1):
        try:
            host.run("mmdebstrap", "--quiet", "--aptopt=Acquire::Retries 3", *arguments)
            return
        except HarnessError:
            if not left:
                raise
            shutil.rmtree(root, ignore_errors=True)
            time.sleep(PAUSE)


def make(wanted, place):
    """mmdebstrap fetches and unpacks (apt does both); nothing in it is run, so no emulator is needed here."""
    host.require({"mmdebstrap": "mmdebstrap"})
    release, line = source()
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    try:
        work.chmod(0o755)
        packages = ",".join((*PACKAGES, wanted.images))
        root = work / "root"
        fetch(root, "--variant=extract", f"--setup-hook={MERGED}", f"--architectures={wanted.debian}", f"--include={packages}", release, root, line)
        for name in DIRECTORIES:
            (root / name).mkdir(exist_ok=True)
        for name, target in LINKS.items():
            if not (root / name).exists():
                (root / name).symlink_to(target)
        for name, original in COPIES.items():
            shutil.copy(root / original, root / name)
        make_relative(root)
        host.run("depmod", "-b", root, version(root))
        root.rename(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def version(root):
    """The kernel in it, as uname -r says."""
    try:
        return next((root / "lib/modules").iterdir()).name
    except (StopIteration, OSError):
        raise HarnessError(f"{root} has no kernel in it") from None


def image(root):
    return next((root / "boot").glob("vmlinu[xz]-*"))


def prepare(wanted):
    """The root, from the cache or put there now; who calls has locked the cache."""
    place = host.cache_dir() / f"root-{wanted.name}-{recipe(wanted)}"
    if not place.exists():
        for old in place.parent.glob(f"root-{wanted.name}-*"):
            shutil.rmtree(old)
        make(wanted, place)
    return place


def main(argv):
    foreign = [name for name in arch.ARCHES if arch.is_foreign(name)]
    if len(argv) != 2 or argv[1] not in foreign:
        print(f"usage: root {'|'.join(foreign)}", file=sys.stderr)
        return 2
    try:
        with host.cache_lock():
            print(prepare(arch.of(argv[1])))
        return 0
    except HarnessError as error:
        print(f"root: {error}", file=sys.stderr)
        return 1
