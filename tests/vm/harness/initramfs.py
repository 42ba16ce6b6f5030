# SPDX-License-Identifier: GPL-2.0-or-later
"""The initramfs: busybox, the few modules for the 9p root, and guest/init. Uncompressed: emulated gunzip is slow."""

import hashlib
import lzma
import stat
import subprocess
from pathlib import Path

from . import HarnessError, host

MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console")
APPLETS = ("sh", "mount", "umount", "insmod", "mkdir", "switch_root", "grep", "poweroff")
DIRECTORIES = ("bin", "proc", "dev", "mnt", "lower", "over", "modules")
INIT = Path(__file__).parent / "guest/init"


def recipe(busybox):
    """A short hash of everything that the archive is made from, so that a changed recipe gets a new cache entry."""
    digest = hashlib.sha256()
    for source in (Path(__file__), INIT, busybox):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def modules(root, version):
    """The modules' files, in the order in which they must be loaded."""
    files = []
    for name in MODULES:
        for line in host.run("modprobe", "-n", "--show-depends", "-d", root, "-S", version, name).splitlines():
            verb, path = line.split()[:2]
            if verb == "insmod" and path not in files:
                files.append(path)
    return [Path(path) for path in files]


def module_member(place, path):
    """A module ready to load: decompressing it here saves the emulated guest one or two seconds for each."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        data = lzma.decompress(data)
    if path.suffix == ".zst":
        data = subprocess.run([host.find("zstd"), "-dcq"], input=data, capture_output=True, check=True).stdout
    return f"modules/{place:02}-{path.stem}", stat.S_IFREG | 0o644, data


def member(number, name, mode, data=b""):
    """One member of a cpio archive in the 'newc' format (Documentation/driver-api/early-userspace/buffer-format)."""
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + "".join(f"{field:08x}" for field in fields).encode() + path
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(members):
    return b"".join(member(i, *entry) for i, entry in enumerate(members, 1)) + member(0, "TRAILER!!!", 0)


def table(name, directories, data):
    """An archive for the kernel itself, put before the other one: an ACPI table."""
    members = [(directory, stat.S_IFDIR | 0o755, b"") for directory in directories]
    early = archive([*members, (f"{directories[-1]}/{name}", stat.S_IFREG | 0o644, data)])
    return early + bytes(-len(early) % 512)


def build(root, version, path):
    busybox = path.read_bytes()
    if b"/ld-linux" in busybox:
        raise HarnessError("busybox is not static: install the package busybox-static (make deps)")
    files = modules(root, version)
    members = [(name, stat.S_IFDIR | 0o755, b"") for name in DIRECTORIES]
    members.append(("bin/busybox", stat.S_IFREG | 0o755, busybox))
    members += [(f"bin/{applet}", stat.S_IFLNK | 0o777, b"busybox") for applet in APPLETS]
    members += [module_member(place, path) for place, path in enumerate(files)]
    members.append(("init", stat.S_IFREG | 0o755, INIT.read_bytes()))
    return archive(members)
