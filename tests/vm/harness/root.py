# SPDX-License-Identifier: GPL-2.0-or-later
"""A root of Debian packages, for an architecture or a release other than this machine's, unpacked into the cache."""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from . import HarnessError, arch, enter, host

# What our programs are compiled and linked with, and what the scenarios run.
PACKAGES = (
    "libc6-dev", "libcgroup-dev", "libudev-dev", "libnuma-dev", "libjansson-dev", "libsmartcols-dev", "libsystemd-dev",
    "libjemalloc-dev", "musl-dev",
    "base-files", "base-passwd", "bash", "bats", "bsdutils", "busybox-static", "coreutils", "dash", "diffutils", "findutils", "fzf",
    "grep", "gzip", "hostname", "jq", "kmod", "libc-bin", "mawk", "mount", "numactl", "procps", "python3", "sed",
    "shfmt", "sqlite3", "tar", "udev", "util-linux",
)  # fmt: skip

# In a release's root, the release's compiler builds, and its systemd boots.
TOOLS = ("binutils", "dbus", "gcc", "make", "pkg-config", "scdoc", "systemd")

TRIES, PAUSE = 3, 20  # seconds

# The lists of a mirror that is not updated expire, those of sid within a week; their signatures are still checked.
APT_OPTIONS = ("--aptopt=Acquire::Retries 3", '--aptopt=Acquire::Check-Valid-Until "false"')

# As on an installed machine, /lib is a link to usr/lib: a package may have a library in /lib and its archive in /usr/lib,
# and both must be found in one place.
MERGED = 'cd "$1"; for d in bin sbin lib lib64; do mkdir -p "usr/$d"; ln -s "usr/$d" "$d"; done'

# What the packages' scripts would have created.
DIRECTORIES = ("dev", "mnt", "proc", "root", "run", "sys", "tmp")
LINKS = {"bin/sh": "dash", "usr/bin/awk": "mawk", "usr/bin/python3": "python3.11"}
COPIES = {"etc/passwd": "usr/share/base-passwd/passwd.master", "etc/group": "usr/share/base-passwd/group.master"}

RELEASES = ("trixie", "sid")  # besides this machine's own

# With a machine id systemd does not treat the boot as the first one, at which it enables units by presets.
MACHINE_ID = f"{1:032x}\n"


def recipe(wanted, release):
    """A short hash of everything that the root is made from."""
    return hashlib.sha256(Path(__file__).read_bytes() + repr((wanted, release)).encode()).hexdigest()[:12]


def source(wanted):
    """A release ("": this machine's) and the source of its packages: the main archive has all releases and architectures."""
    here = host.release()
    listed = host.run("apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages")
    for line in listed.splitlines():
        name, component, uri = line.split()
        if (name, component) == (here, "main"):
            return wanted or name, f"deb {uri} {wanted or name} main"
    raise HarnessError(f"apt knows no archive of {here}: run 'apt-get update' as root")


def make_relative(root):
    """Makes absolute links relative: even with a sysroot, a linker follows an absolute link out of it."""
    for path in (root / "usr").glob("lib*/**/*"):
        if path.is_symlink() and path.readlink().is_absolute():
            target = os.path.relpath(root / path.readlink().relative_to("/"), path.parent)
            path.unlink()
            path.symlink_to(target)


def fetch(root, *arguments):
    """Retries, since the lists of a mirror that is being updated do not match for a while."""
    for left in range(TRIES - 1, -1, -1):
        try:
            host.run("mmdebstrap", "--quiet", *APT_OPTIONS, *arguments)
            return
        except HarnessError:
            if not left:
                raise
            shutil.rmtree(root, ignore_errors=True)
            time.sleep(PAUSE)


def make(wanted, release, place):
    """mmdebstrap fetches and unpacks (with apt). Nothing in the root of another architecture is run, so that no emulator
    is needed here."""
    host.require({"mmdebstrap": "mmdebstrap"})
    name, line = source(release)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    try:
        work.chmod(0o755)
        packages = ",".join((*PACKAGES, *(TOOLS if release else ()), wanted.images))
        options = ("--variant=extract", f"--setup-hook={MERGED}", f"--architectures={wanted.debian}", f"--include={packages}")
        root = work / "root"
        fetch(root, *options, name, root, line)
        finish(root)
        if release:
            (root / "etc/machine-id").write_text(MACHINE_ID, encoding="ascii")
            if enter.run(root, work, ["systemd-sysusers"]):
                raise HarnessError(f"systemd-sysusers failed in the root of {release}")
        root.rename(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def finish(root):
    """Does what the packages' scripts would have done."""
    for name in DIRECTORIES:
        (root / name).mkdir(exist_ok=True)
    for name, target in LINKS.items():
        if not (root / name).exists():
            (root / name).symlink_to(target)
    for name, original in COPIES.items():
        shutil.copy(root / original, root / name)
    make_relative(root)
    host.run("depmod", "-b", root, version(root))


def version(root):
    """The version of its kernel, as printed by uname -r."""
    try:
        return next((root / "lib/modules").iterdir()).name
    except (StopIteration, OSError):
        raise HarnessError(f"{root} has no kernel in it") from None


def image(root):
    """The kernel's image; sid's package puts it beside the modules."""
    return next(path for place in ("boot", "lib/modules/*") for path in root.glob(f"{place}/vmlinu[xz]*"))


def prepare(wanted, release=""):
    """The root, from the cache or added to it now; the caller must have locked the cache."""
    name = release or wanted.name
    place = host.cache_dir() / f"root-{name}-{recipe(wanted, release)}"
    if not place.exists():
        for old in place.parent.glob(f"root-{name}-*"):
            shutil.rmtree(old)
        make(wanted, release, place)
    return place


def main(argv):
    foreign = [name for name in arch.ARCHES if arch.is_foreign(name)]
    name, command = argv[1] if argv[1:] else "", argv[2:]
    if name not in (*foreign, *RELEASES) or (command and name in foreign):
        print(f"usage: root {'|'.join(foreign)} | root {'|'.join(RELEASES)} [COMMAND...]", file=sys.stderr)
        return 2
    try:
        with host.cache_lock():
            place = prepare(arch.of(name)) if name in foreign else prepare(arch.of(arch.NATIVE), name)
    except HarnessError as error:
        print(f"root: {error}", file=sys.stderr)
        return 1
    if command:
        return enter.run(place, Path.cwd(), command)
    print(place)
    return 0
