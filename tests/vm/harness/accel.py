# SPDX-License-Identifier: GPL-2.0-or-later
"""Chooses the accelerator: KVM only where a kernel was seen to boot under it."""

import os
import subprocess
import tempfile
from pathlib import Path

from . import HarnessError, arch, host, qemu

PROBE_SECONDS = 20
CAME_UP = "vmtest: the probe came up"


def kvm_is_open():
    return os.access("/dev/kvm", os.R_OK | os.W_OK)


def probe(kernel):
    """Boots the initramfs under KVM: on some hosts /dev/kvm opens, but the guest then hangs."""
    with tempfile.TemporaryDirectory(prefix="cdm-vm-probe-") as directory:
        console = Path(directory, "console")
        argv = qemu.machine(qemu.Guest(), kernel, "kvm", console, "vmtest.probe")
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(PROBE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        return console.exists() and CAME_UP in console.read_text(errors="replace")


def kvm_works(kernel):
    """The probe's result, kept until this host reboots."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    cache = host.cache_dir()
    answer = cache / f"kvm-{kernel.version}-{boot}"
    with host.cache_lock():
        if not answer.exists():
            for old in cache.glob(f"kvm-{kernel.version}-*"):
                old.unlink()
            answer.write_text("works\n" if probe(kernel) else "fails\n", encoding="ascii")
    return answer.read_text(encoding="ascii") == "works\n"


def choose(guest, kernel):
    wanted = os.environ.get("CDM_VM_ACCEL", "auto")
    if wanted not in ("auto", *qemu.CPU):
        raise HarnessError(f"CDM_VM_ACCEL={wanted}: it is auto, tcg or kvm")
    if arch.is_foreign(guest.arch):
        return "tcg"
    if wanted == "kvm" and not kvm_is_open():
        raise HarnessError("CDM_VM_ACCEL=kvm, but /dev/kvm cannot be opened")
    if wanted != "auto":
        return wanted
    return "kvm" if kvm_is_open() and kvm_works(kernel) else "tcg"
