# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel packages, unpacked into the cache and never installed."""

import hashlib
import lzma
import os
import re
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import HarnessError, arch, host, initramfs, root, srat

SELECTORS = ("6.1", "6.12")  # of Debian 12
FOREIGN = ("6.1",)  # for another architecture
OWN = ("own",)  # the one kernel of another release, or of this machine's, if that is not Debian 12


def selectors(machine, release=""):
    if arch.is_foreign(machine):
        return FOREIGN
    return OWN if release or host.release() != "bookworm" else SELECTORS


@dataclass(frozen=True)
class Kernel:
    version: str  # as printed by uname -r
    image: Path  # uncompressed: an emulated CPU needs seconds for what the host does at once
    modules: Path  # lib/modules, which contains VERSION
    initramfs: Path
    root: Path = Path("/")  # the guest's, read-only

    def series(self):
        return ".".join(self.version.split(".")[:2])


def package_of(selector):
    """The package of this release's own kernel; Debian 12's for 'the 6.1 kernel' or 'the newest 6.12 kernel'."""
    if selector != "6.12":
        number = r"\d" if selector in OWN else r"6\.1\."
        depends = host.run("apt-cache", "depends", "linux-image-amd64")
        names = re.findall(rf"Depends: (linux-image-{number}\S+)", depends)
    else:
        listed = host.run("apt-cache", "search", "--names-only", r"^linux-image-6\.12\..*\+deb12-amd64-unsigned$")
        names = [line.split()[0] for line in listed.splitlines()]
        names.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    if not names:
        raise HarnessError(f"apt knows no package of kernel {selector} of {host.release()}: run 'apt-get update' as root")
    return names[-1]


def parts(package):
    """The packages that contain a kernel: sid has the image and the modules in packages that 'package' depends on."""
    depends = host.run("apt-cache", "depends", package)
    return [package, *re.findall(r"Depends: (linux-(?:base|binary|modules)-\d\S+)", depends)]


def unpack(cache, selector):
    """Fetches and unpacks a kernel; a cache entry with its final name is always complete."""
    packages = parts(package_of(selector))
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=cache))
    try:
        host.run("apt-get", "download", "-qq", *packages, cwd=work)
        for archive in work.glob("*.deb"):
            host.run("dpkg", "-x", archive, work / "root")
        if not (work / "root/lib").exists():
            (work / "root/lib").symlink_to("usr/lib")  # where later releases have the modules
        version = root.version(work / "root")
        host.run("depmod", "-b", work / "root", version)
        place = cache / f"linux-{version}"
        if not place.exists():
            (work / "root").rename(place)
        link = work / "link"
        link.symlink_to(place.name)
        link.rename(cache / selector)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def uncompressed(image):
    """The ELF file inside a bzImage (Documentation/arch/x86/boot.rst: payload_offset), which QEMU starts by its PVH note."""
    data = image.read_bytes()
    setup = (data[0x1F1] or 4) + 1
    offset, length = struct.unpack_from("<II", data, 0x248)
    begin = setup * 512 + offset
    payload = data[begin : begin + length - 4]  # the last four bytes are the size
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        done = subprocess.run([host.find("zstd"), "-dcq"], input=payload, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
        raise HarnessError(f"{image}: zstd: {done.stderr.decode(errors='replace').strip()}")
    raise HarnessError(f"{image}: compressed by neither xz nor zstd")


def once(path, make):
    """Makes a file of the cache if it does not exist; a file with its final name is complete."""
    if not path.exists():
        part = path.parent / f".new-{os.getpid()}"
        part.write_bytes(make())
        part.rename(path)
    return path


def prepare_native(cache, selector):
    link = cache / selector
    if not link.exists():
        unpack(cache, selector)
    place = link.resolve()
    version = place.name.removeprefix("linux-")
    image = once(cache / f"vmlinux-{version}", lambda: uncompressed(root.image(place)))
    busybox = Path(host.find("busybox"))
    name = f"initramfs-{version}-{initramfs.recipe(busybox)}.cpio"
    return Kernel(version, image, place / "lib/modules", once(cache / name, lambda: initramfs.build(place, version, busybox)))


def prepare_own(cache, guest):
    """The kernel from a root of its architecture or release. A foreign machine with ACPI also gets a table."""
    wanted = arch.of(guest.arch)
    place = root.prepare(wanted, guest.release)
    version = root.version(place)
    busybox = place / "bin/busybox"
    extra = srat.table(guest) if wanted.firmware else b""
    digest = f"{initramfs.recipe(busybox)}-{hashlib.sha256(extra).hexdigest()[:8]}"

    def build():
        early = initramfs.table("srat.aml", srat.PLACE, extra) if extra else b""
        return early + initramfs.build(place, version, busybox)

    ramdisk = once(cache / f"initramfs-{version}-{digest}.cpio", build)
    image = root.image(place)
    if guest.release:
        image = once(cache / f"vmlinux-{version}", lambda: uncompressed(root.image(place)))
    return Kernel(version, image, place / "lib/modules", ramdisk, place)


def prepare(guest):
    """The guest's kernel and its initramfs, from the cache or added to it now."""
    cache = host.cache_dir()
    there = selectors(guest.arch, guest.release)
    if guest.kernel not in there:
        raise HarnessError(f"no kernel {guest.kernel} for {guest.release or guest.arch}: there are {', '.join(there)}")
    with host.cache_lock():
        return prepare_own(cache, guest) if guest.has_own_root() else prepare_native(cache, guest.kernel)
