# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel packages, unpacked into the cache and never installed."""

import contextlib
import fcntl
import lzma
import os
import re
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import HarnessError, host, initramfs

SELECTORS = ("6.1", "6.12")


@dataclass(frozen=True)
class Kernel:
    version: str  # as uname -r says it
    image: Path  # uncompressed: an emulated CPU takes seconds over what the host does at once
    root: Path  # holds lib/modules/VERSION
    initramfs: Path


@contextlib.contextmanager
def cache_lock(cache):
    """One process at a time fills the cache."""
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def package_of(selector):
    """The package that Debian 12 means by 'the 6.1 kernel' or 'the newest 6.12 kernel'."""
    if selector == "6.1":
        depends = host.run("apt-cache", "depends", "linux-image-amd64")
        names = re.findall(r"Depends: (linux-image-6\.1\.\S+)", depends)
    else:
        listed = host.run("apt-cache", "search", "--names-only", r"^linux-image-6\.12\..*\+deb12-amd64-unsigned$")
        names = [line.split()[0] for line in listed.splitlines()]
        names.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    if not names:
        raise HarnessError(f"apt knows no package of Debian 12's kernel {selector}: run 'apt-get update' as root")
    return names[-1]


def unpack(cache, selector):
    """Fetch and unpack a kernel; what is in the cache under its final name is always complete."""
    package = package_of(selector)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=cache))
    try:
        host.run("apt-get", "download", "-qq", package, cwd=work)
        archive = next(work.glob("*.deb"))
        host.run("dpkg", "-x", archive, work / "root")
        version = next((work / "root/boot").glob("vmlinuz-*")).name.removeprefix("vmlinuz-")
        host.run("depmod", "-b", work / "root", version)
        place = cache / f"linux-{version}"
        if not place.exists():
            (work / "root").rename(place)
        link = work / "link"
        link.symlink_to(place.name)
        link.rename(cache / selector)
    except StopIteration:
        raise HarnessError(f"package {package} has no kernel image in it") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def uncompressed(image):
    """The ELF file within a bzImage (Documentation/arch/x86/boot.rst: payload_offset), which QEMU starts by its PVH note."""
    data = image.read_bytes()
    setup = (data[0x1F1] or 4) + 1
    offset, length = struct.unpack_from("<II", data, 0x248)
    begin = setup * 512 + offset
    payload = data[begin : begin + length - 4]  # the last four bytes are its size
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run([host.find("zstd"), "-dcq"], input=payload, capture_output=True, check=True).stdout
    raise HarnessError(f"{image}: compressed by neither xz nor zstd")


def once(path, make):
    """A file of the cache, made if it is not there; what has its final name is complete."""
    if not path.exists():
        part = path.parent / f".new-{os.getpid()}"
        part.write_bytes(make())
        part.rename(path)
    return path


def prepare(selector):
    """The kernel and its initramfs, from the cache or put there now."""
    if selector not in SELECTORS:
        raise HarnessError(f"no kernel {selector}: there are {', '.join(SELECTORS)}")
    cache = host.cache_dir()
    link = cache / selector
    with cache_lock(cache):
        if not link.exists():
            unpack(cache, selector)
        root = link.resolve()
        version = root.name.removeprefix("linux-")
        image = once(cache / f"vmlinux-{version}", lambda: uncompressed(root / f"boot/vmlinuz-{version}"))
        ramdisk = once(cache / f"initramfs-{version}-{initramfs.recipe()}.cpio", lambda: initramfs.build(root, version))
    return Kernel(version, image, root, ramdisk)
