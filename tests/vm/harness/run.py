# SPDX-License-Identifier: GPL-2.0-or-later
"""The program 'run': runs the scenario files on the guests that they ask for."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from . import HarnessError, arch, boot, cli, kernel, root, scenario, tap

SCENARIOS = Path(__file__).parent.parent


def as_many():
    """How many boots to run at a time: one for each CPU, if there is memory for guests of 2 GiB and their emulators."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(os.cpu_count(), memory // (3 << 30)))


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="run",
        description="Boot the guests that the scenario files ask for and run the files in them.",
        epilog="A file says its guest by a comment: # vm: init=plain,systemd,v1 kernels=6.1,6.12 nodes=N ram=MB cpus=N "
        "boot-node=MB boot-cpu=1 nvdimm=MB cxl=MB cmdline=WORD first=SCRIPT timeout=S, by # vm-again: those of --set again; "
        "with arch=NAME,... or release=NAME,... those of --stage NAME=DIR",
    )
    parser.add_argument("--kernel", default="all", choices=("all", *kernel.SELECTORS), help="one kernel only")
    parser.add_argument("--set", choices=tuple(scenario.SETS),
                        help="guests of make check, those of vm-again: lines, or all (default: all of a file that is named)")  # fmt: skip
    parser.add_argument("--stage", action="append", default=[], metavar="[MACHINE=]DIR",
                        help="a DESTDIR tree to install in the guests first; with an architecture or a release, in those that "
                        "files ask for by arch= or release=, and in no others; more than once: all of these")  # fmt: skip
    parser.add_argument("--logs", type=Path, metavar="DIR", help="where the logs go (default: a new directory in TMPDIR)")
    parser.add_argument("--jobs", type=int, default=as_many(), metavar="N", help=f"boots at a time (default: what this machine has, {as_many()})")
    parser.add_argument("files", nargs="*", metavar="FILE.bats", help="default: every scenario of tests/vm")
    return parser.parse_args(arguments)


# The kernel patches its own code while it runs (static keys: when the first cpuset is created, when the last one goes).
# An emulated CPU can still hit the temporary breakpoint after its removal, which no real CPU does
# (text_poke_bp_batch()).
EMULATION_FAULT = "Oops: int3"


def stages(options):
    """The trees to install, by machine; if none is named, this machine without a tree."""
    named = {}
    for word in options.stage:
        machine, _, path = word.partition("=")
        if machine not in (*arch.ARCHES, *root.RELEASES):
            machine, path = arch.NATIVE, word
        named[machine] = cli.check_stage(Path(path))
    return named or {arch.NATIVE: None}


def run_boot(wanted, logs):
    """Boots once, or twice if the emulation failed; returns the outcome and the output."""
    outcome, text = boot_once(wanted, logs)
    if outcome.status is None and outcome.accel == "tcg" and EMULATION_FAULT in outcome.console:
        again, text = boot_once(wanted, logs)
        again.remark = f"second attempt: in the first, an emulated CPU hit a breakpoint that had been removed ({EMULATION_FAULT})"
        return again, text
    return outcome, text


def boot_once(wanted, logs):
    """Boots once and writes the logs; returns the outcome and the output."""
    job = Path(tempfile.mkdtemp(prefix="cdm-vm-"))
    output = bytearray()
    label = wanted.label()
    try:
        command = cli.command_line([str(path) for path in wanted.files])
        outcome = boot.boot(wanted.guest, command, job=job, sink=output.extend, stage=wanted.stage, timeout=wanted.timeout)
        text = output.decode(errors="replace")
        (logs / f"{label}.tap").write_text(text, encoding="utf-8")
        (logs / f"{label}.console").write_text(outcome.console, encoding="utf-8")
        kept = []
        for path in outcome.artifacts:
            kept.append(shutil.move(path, logs / f"{label}.{path.name}"))
        outcome.artifacts = kept
        return outcome, text
    finally:
        shutil.rmtree(job, ignore_errors=True)


def describe(wanted, outcome):
    guest = wanted.guest
    words = [guest.arch] if arch.is_foreign(guest.arch) else []
    words += [guest.release] if guest.release else []
    words += [f"kernel {guest.kernel} ({outcome.version})", f"nodes={guest.nodes} ram={guest.ram}"]
    words += [f"cpus={guest.cpus}"] if guest.cpus != 1 else []
    words += [f"boot-node={guest.boot_node}"] if guest.boot_node else []
    words += ["boot-cpu=1"] if guest.boot_cpu else []
    words += [f"nvdimm={guest.nvdimm}"] if guest.nvdimm else []
    words += [f"cxl={guest.cxl}"] if guest.cxl else []
    words += [f"cmdline={guest.cmdline}"] if guest.cmdline else []
    words += ["the second boot"] if guest.first else []
    return f"== {guest.init}, {', '.join(words)}, {outcome.accel}, {outcome.seconds:.0f} s: {wanted.names()}"


def report(wanted, outcome, text):
    """Prints a boot's TAP and what went wrong; returns its tally."""
    tally = tap.count(text, outcome.status)
    print(describe(wanted, outcome))
    if outcome.remark:
        print(f"# {outcome.remark}")
    print(text.rstrip("\n"))
    if outcome.reason:
        if not tally.failed:
            tally.fail(1, "the boot did not end as it should")
        print(f"# {outcome.reason}")
        print(boot.console_tail(outcome))
    for remark in tally.remarks:
        print(f"# {remark}")
    for path in outcome.artifacts:
        print(f"# kept {path}")
        for line in boot.backtrace(path, wanted.stage) if tally.failed else ():
            print(f"#   {line}")
    print(flush=True)
    return tally


def run_all(boots, options, logs):
    passed = failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        pending = {pool.submit(run_boot, wanted, logs): wanted for wanted in boots}
        try:
            for done in as_completed(pending):
                tally = report(pending[done], *done.result())
                passed, failed = passed + tally.passed, failed + tally.failed
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            boot.kill_all()
            raise
    return passed, failed


def run(options):
    files = options.files or sorted(SCENARIOS.glob("*.bats"))
    boots = scenario.group(files, options.kernel, options.set or ("all" if options.files else "check"), stages(options))
    for wanted in boots:
        cli.check_host(wanted.guest, ["bats"])
    for wanted in boots:
        kernel.prepare(wanted.guest)
    logs = options.logs or Path(tempfile.mkdtemp(prefix="cdm-vm-logs-"))
    logs.mkdir(parents=True, exist_ok=True)
    passed, failed = run_all(boots, options, logs)
    print(f"logs: {logs}")
    if not boots:
        print(f"no scenario asks for kernel {options.kernel}: nothing was tested")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return run(parse(sys.argv[1:]))
    except HarnessError as error:
        print(f"run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
