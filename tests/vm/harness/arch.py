# SPDX-License-Identifier: GPL-2.0-or-later
"""The architectures that guests can have: this machine's own, and others, emulated."""

import platform
from dataclasses import dataclass, field

from . import HarnessError

NATIVE = "x86_64"  # the machine that the tests run on; QEMU hot-adds memory to it


@dataclass(frozen=True)
class Arch:
    name: str  # as printed by uname -m
    debian: str
    qemu: str
    package: str  # contains this QEMU
    cpu: str
    console: str
    pci: str = "pcie.0"  # the bus that devices are on
    block_mb: int = 128  # the unit in which memory is plugged
    slots: int = 64  # for DIMMs
    words: str = ""  # added to the kernel's command line
    sizable: bool = False  # memory is not plugged in as modules but grows
    images: str = ""  # the package that depends on the kernel's, for a root of another architecture or release
    firmware: dict = field(default_factory=dict, hash=False)  # a file, and the package that contains it


ARCHES = {
    arch.name: arch
    for arch in (
        Arch("x86_64", "amd64", "qemu-system-x86_64", "qemu-system-x86", "", "ttyS0", images="linux-image-amd64"),
        Arch("aarch64", "arm64", "qemu-system-aarch64", "qemu-system-arm", "cortex-a72", "ttyAMA0",
             sizable=True, images="linux-image-arm64", firmware={"/usr/share/qemu-efi-aarch64/QEMU_EFI.fd": "qemu-efi-aarch64"}),
        Arch("ppc64le", "ppc64el", "qemu-system-ppc64", "qemu-system-ppc", "power9", "hvc0", pci="pci.0", block_mb=256, slots=32,
             images="linux-image-powerpc64le", words="movable_node"),  # its kernel onlines hot-added memory by itself
    )
}  # fmt: skip


def of(name):
    if name not in ARCHES:
        raise HarnessError(f"no architecture '{name}': there are {', '.join(ARCHES)}")
    if platform.machine() != NATIVE:
        raise HarnessError(f"the guests are for a machine of {NATIVE}; this one is {platform.machine()}")
    return ARCHES[name]


def is_foreign(name):
    return name != NATIVE
