# SPDX-License-Identifier: GPL-2.0-or-later
"""The program 'vm': one guest, one script or some bats files."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from . import HarnessError, arch, boot, host, qemu
from .kernel import SELECTORS, selectors
from .root import RELEASES

TIMED_OUT = 124
FAILED = 125


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="vm",
        usage="vm [OPTION...] SCRIPT [ARG...] | vm [OPTION...] FILE.bats... | vm [OPTION...] --shell [SCRIPT [ARG...]]",
        description="Boot Debian's kernel in QEMU on this machine's own root and run a test in it as root.",
        epilog="Exit status: the test's own; 124 timed out; 125 the guest or the harness failed. "
        "CDM_VM_ACCEL=auto|tcg|kvm, CDM_VM_CACHE=DIR.",
    )
    parser.add_argument("--arch", default=arch.NATIVE, choices=tuple(arch.ARCHES), help=f"default {arch.NATIVE}; others emulated")
    parser.add_argument("--init", default="plain", choices=qemu.INITS,
                        help="plain: bare cgroup v2 (default); v1: the v1 cpuset; systemd")  # fmt: skip
    parser.add_argument("--kernel", choices=SELECTORS, help="on Debian 12; default 6.1 (on another release: its own)")
    parser.add_argument("--release", default="", choices=RELEASES, help="of Debian, with its own kernel and root (default: this machine's)")
    parser.add_argument("--nodes", type=int, default=2, metavar="N", help="nodes that can be hot-added (default 2)")
    parser.add_argument("--ram", type=int, default=1536, metavar="MB", help="memory of node 0 (default 1536)")
    parser.add_argument("--cpus", type=int, default=1, metavar="N", help="CPUs of node 0 (default 1)")
    parser.add_argument("--boot-node", type=int, default=0, metavar="MB", help="memory of CPU-less node 1 at boot")
    parser.add_argument("--boot-cpu", type=int, default=0, metavar="1", help="a CPU on node 1 at boot: it exists")
    parser.add_argument("--cxl", type=int, default=0, metavar="MB", help="a CXL memory device (persistent)")
    parser.add_argument("--nvdimm", type=int, default=0, metavar="MB", help="an NVDIMM on the last node (for dax/kmem)")
    parser.add_argument("--first", default="", metavar="FILE", help="boot twice: first for this script, /etc and hardware stay")
    parser.add_argument("--cmdline", default="", help="more words for the kernel's command line")
    parser.add_argument("--timeout", type=float, metavar="S", help="give up after S seconds (default 300; none for a shell)")
    parser.add_argument("--stage", type=Path, metavar="DIR", help="a DESTDIR tree to install in the guest first")
    parser.add_argument("--keep", action="store_true", help="keep the job's directory and name it")
    parser.add_argument("--shell", action="store_true", help="a root shell on this terminal, after SCRIPT if there is one")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the console's last lines in any case")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="SCRIPT [ARG...]")
    options = parser.parse_args(arguments)
    if options.release and options.kernel:
        parser.error("a --release has a kernel of its own")
    options.kernel = options.kernel or selectors(options.arch, options.release)[0]
    if not options.command and not options.shell:
        parser.error("a SCRIPT, a bats file or --shell is wanted")
    return options


def command_line(words):
    """bats for bats files, otherwise bash. The file's path is made absolute, since the guest has the same root."""
    if not words:
        return []
    for word in words if words[0].endswith(".bats") else words[:1]:
        if not Path(word).is_file():
            raise HarnessError(f"{word}: no such file")
    if words[0].endswith(".bats"):
        return ["bats", "--tap", "--timing", "--print-output-on-failure", *(str(Path(word).resolve()) for word in words)]
    return ["bash", str(Path(words[0]).resolve()), *words[1:]]


def check_host(guest, command):
    wanted = arch.of(guest.arch)
    host.require({**host.PROGRAMS, wanted.qemu: wanted.package, **wanted.firmware})
    if guest.has_own_root():
        return
    host.require(host.IN_GUEST)
    if guest.init == "systemd":
        host.require(host.FOR_SYSTEMD)
    if "bats" in command[:1]:
        host.require(host.FOR_BATS)


def check_stage(stage):
    if stage is None:
        return None
    if not stage.is_dir():
        raise HarnessError(f"--stage {stage}: no such directory")
    return stage.resolve()


def write_out(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def report(options, outcome):
    if outcome.reason or options.verbose:
        print(boot.console_tail(outcome), file=sys.stderr)
    if outcome.reason:
        print(f"vm: {outcome.reason}", file=sys.stderr)
    for path in outcome.artifacts:
        print(f"vm: kept {path}", file=sys.stderr)
    if options.verbose:
        print(f"vm: {options.kernel} ({outcome.version}), {outcome.accel}, {outcome.seconds:.0f} s", file=sys.stderr)


def run(options):
    fields = ("arch", "init", "kernel", "nodes", "ram", "cpus", "boot_node", "boot_cpu", "nvdimm", "cxl", "cmdline", "release")
    first = str(Path(options.first).resolve()) if options.first else ""
    guest = qemu.Guest(**{name: getattr(options, name) for name in fields}, first=first)
    command = command_line(options.command)
    check_host(guest, command)
    stage = check_stage(options.stage)
    if options.shell:
        script = "\"$@\"; exec bash -l" if command else "exec bash -l"
        command = ["bash", "-c", script, "bash", *command]
    timeout = options.timeout or (None if options.shell else 300)
    job = Path(tempfile.mkdtemp(prefix="cdm-vm-"))
    kept = options.keep
    try:
        outcome = boot.boot(guest, command, job=job, sink=write_out, stage=stage, timeout=timeout, terminal=options.shell)
        kept = kept or bool(outcome.artifacts)
        report(options, outcome)
        if options.keep:
            print(f"vm: kept {job}", file=sys.stderr)
    finally:
        if not kept:
            shutil.rmtree(job, ignore_errors=True)
    if outcome.reason:
        return TIMED_OUT if outcome.reason.startswith("timed out") else FAILED
    return outcome.status


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return run(parse(sys.argv[1:]))
    except HarnessError as error:
        print(f"vm: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        boot.kill_all()
        sys.stdout.flush()
