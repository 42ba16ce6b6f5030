# SPDX-License-Identifier: GPL-2.0-or-later
"""A bats file states in its first lines which guests it needs; files that need the same guest share a boot.

    # vm: KEY=VALUE ...        a guest of make check
    # vm-again: KEY=VALUE ...  a further guest, which is not expected to give other results: make check PARTS=again

With arch=NAME,... they are guests of other architectures: make check PARTS=foreign, and again. With release=NAME,... they
have the kernel and the root of other Debian releases: make check PARTS=debian13, and again.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from . import HarnessError, arch
from .kernel import OWN, selectors
from .qemu import Guest

HEADER_LINES = 10
NUMBERS = ("nodes", "ram", "cpus", "boot-node", "boot-cpu", "nvdimm", "cxl", "timeout")
DEFAULT_TIMEOUT = 300
# Boots run side by side: a guest whose files need more than this many seconds is booted more than once.
BOOT_TIMEOUT = 1200
SETS = {"check": "vm", "again": "vm-again", "all": "vm|vm-again"}


@dataclass(frozen=True)
class Boot:
    guest: Guest
    files: tuple
    timeout: int
    turn: int  # its number among the boots of the same guest
    stage: Path | None  # the DESTDIR tree to install in it

    def label(self):
        """A file name that is different for each boot."""
        return self.guest.label() + (f"-{self.turn}" if self.turn else "")

    def names(self):
        return " ".join(path.name for path in self.files)


def headers(path, which):
    """The words of each such comment of a set; one file may need different guests."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[:HEADER_LINES]
    except OSError as error:
        raise HarnessError(f"{path}: {error.strerror}") from error
    found = [match.groups() for line in lines if (match := re.fullmatch(r"#\s*(vm|vm-again):\s*(.*)", line))]
    if not found:
        raise HarnessError(f"{path}: no comment '# vm: init=... kernels=...' in its first {HEADER_LINES} lines")
    return [words.split() for name, words in found if name in SETS[which].split("|")]


def kernels_for(asked, machine, release):
    """The files name Debian 12's kernels; another release has its own in their place."""
    there = selectors(machine, release)
    return asked.split(",") if asked and there != OWN else there


def read_one(path, words):
    """The guests (one for each init and kernel) and the time that one such comment asks for."""
    given = {"arch": arch.NATIVE, "release": "", "init": "plain", "kernels": "", "cmdline": ""}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in ("arch", "release", "init", "kernels", "cmdline", "first", *NUMBERS):
            raise HarnessError(f"{path}: '{word}' in its vm: line; known are arch, release, init, kernels, cmdline, first, {', '.join(NUMBERS)}")
        if key in NUMBERS and not value.isdecimal():
            raise HarnessError(f"{path}: {key}={value} is not a number")
        if key == "cmdline":
            value = f"{given['cmdline']} {value}".strip()
        if key == "first":
            value = str(path.resolve().parent / value)
        given[key] = int(value) if key in NUMBERS else value
    inits = given.pop("init").split(",")
    arches = given.pop("arch").split(",")
    releases = given.pop("release").split(",")
    kernels = given.pop("kernels")
    timeout = given.pop("timeout", DEFAULT_TIMEOUT)
    fields = {key.replace("-", "_"): value for key, value in given.items()}
    try:
        return [
            (Guest(arch=machine, release=release, init=init, kernel=kernel, **fields), timeout)
            for machine in arches
            for release in releases
            for init in inits
            for kernel in kernels_for(kernels, machine, release)
        ]
    except HarnessError as error:
        raise HarnessError(f"{path}: {error}") from error


def read(path, which):
    """All guests of a set that a file asks for, each with its time."""
    return [wanted for words in headers(path, which) for wanted in read_one(path, words)]


def share(wanted):
    """Divides files with their times into lots, so that none takes longer than a boot should."""
    lots, total = [], 0
    for path, timeout in wanted:
        if not lots or total + timeout > BOOT_TIMEOUT:
            lots.append([])
            total = 0
        lots[-1].append((path, timeout))
        total += timeout
    return lots


def group(paths, kernel, which, stages):
    """The boots to run, the longest first. 'kernel' is a selector or 'all', 'which' is one of SETS, 'stages' is what is
    installed on each machine (an architecture or a release) whose guests are wanted."""
    wanted = {}
    for path in map(Path, paths):
        for guest, timeout in read(path, which):
            if guest.machine() in stages and kernel in ("all", guest.kernel):
                wanted.setdefault(guest, []).append((path.resolve(), timeout))
    boots = [
        Boot(guest, tuple(path for path, _ in lot), sum(timeout for _, timeout in lot), turn, stages[guest.machine()])
        for guest, files in wanted.items()
        for turn, lot in enumerate(share(files))
    ]
    return sorted(boots, key=lambda boot: -boot.timeout)
