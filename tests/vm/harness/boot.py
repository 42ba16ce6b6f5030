# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot: the job's directory, QEMU, the guest's output as it arrives, and the outcome."""

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import HarnessError, accel, host, kernel, qemu
from .hotplug import Hotplug
from .qmp import Qmp

HERE = Path(__file__).parent
GUEST_LIB = HERE.parent / "guest.bash"
TREE = HERE.parents[2]
CONSOLE_LINES = 60

_live = set()


@dataclass
class Outcome:
    status: int | None = None  # the test's exit status; None if there is none
    reason: str = ""  # why there is no status
    remark: str = ""  # a further remark
    accel: str = ""
    version: str = ""
    seconds: float = 0
    console: str = ""
    artifacts: list = field(default_factory=list)  # core files, the guest's journal


def kill_all():
    """Ends every QEMU that this process started."""
    for process in list(_live):
        with contextlib.suppress(OSError):
            process.kill()


def write_job(job, guest, image, chosen, command, stage, terminal):
    """Writes the files and shell variables that guest/stage2 and guest/testrun need."""
    for name in ("stage2", "testrun", "vmtest.service", "vmtest.target"):
        shutil.copy(HERE / "guest" / name, job)
    cwd = Path.cwd()
    paths = [str(path) for path in (TREE, cwd, image.modules, stage) if path]
    paths += [word for word in command if word.startswith("/") and os.path.exists(word)]
    size = shutil.get_terminal_size()
    words = {
        "VM_ARCH": guest.arch, "VM_OWN_ROOT": int(guest.has_own_root()), "VM_INIT": guest.init, "VM_KERNEL": image.series(), "VM_KVER": image.version, "VM_ACCEL": chosen,
        "VM_NODES": guest.nodes, "VM_MODULES": image.modules, "VM_STAGE": stage or "", "VM_CWD": cwd,
        "VM_GUEST_LIB": GUEST_LIB, "VM_FIRST": guest.first, "VM_SHELL": int(terminal), "VM_ROWS": size.lines, "VM_COLUMNS": size.columns,
    }  # fmt: skip
    lines = [f"{name}={shlex.quote(str(value))}" for name, value in words.items()]
    lines += [f"VM_PATHS=({shlex.join(paths)})", f"VM_COMMAND=({shlex.join(command)})"]
    (job / "job.env").write_text("\n".join(lines) + "\n", encoding="utf-8")


def start(guest, argv, names, terminal):
    """Starts QEMU; returns it and our ends of its channels."""
    ours, theirs = zip(*(socket.socketpair() for _ in range(len(names) + 1)))
    numbers = [end.fileno() for end in theirs]
    argv = argv + qemu.channels(guest, numbers[0], dict(zip(names, numbers[1:])), terminal)
    try:
        process = subprocess.Popen(argv, stdin=None if terminal else subprocess.DEVNULL, pass_fds=numbers)
    finally:
        for end in theirs:
            end.close()
    _live.add(process)
    return process, ours


def pump(sock, sink):
    """Passes on the test's output until QEMU is gone; a reader that went away must not stop the guest."""
    while data := receive(sock):
        with contextlib.suppress(OSError, ValueError):
            sink(data)


def receive(sock):
    try:
        return sock.recv(65536)
    except ConnectionResetError:
        return b""


def ask_what_blocks(qmp, process):
    """SysRq l and w: prints what the CPUs run and which tasks are blocked, on the console of a guest that hangs."""
    for letter in "lw":
        keys = [{"type": "qcode", "data": key} for key in ("alt", "sysrq", letter)]
        with contextlib.suppress(HarnessError, subprocess.TimeoutExpired):
            qmp.execute("send-key", keys=keys, timeout=5)
            process.wait(2)


def supervise(process, qmp, timeout):
    """Waits until QEMU ends; reports if it had to be killed."""
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        if qmp:
            ask_what_blocks(qmp, process)
        return f"timed out after {timeout:g} s"
    finally:
        if process.poll() is None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        _live.discard(process)
    return ""


def explain(job, console, process):
    """Why a guest ended without an exit status."""
    error = job / "error"
    if error.exists():
        return error.read_text(errors="replace").strip()
    for mark in ("Kernel panic", "vmtest: "):
        for line in console.splitlines():
            if mark in line:
                return f"the guest died: {line.strip()}"
    if process.returncode:
        return f"QEMU ended with status {process.returncode}"
    return "the guest powered off before the test ended"


def boot(guest, command, *, job, sink, stage=None, timeout=None, terminal=False):
    """Boots the guest and runs the command in it; core files stay in the directory 'job'."""
    image = kernel.prepare(guest)
    outcome = Outcome(accel=accel.choose(guest, image), version=image.version)
    write_job(job, guest, image, outcome.accel, command, stage, terminal)
    console = job / "console"
    argv = qemu.machine(guest, image, outcome.accel, console) + qemu.shares(guest, image, job)
    began = time.monotonic()
    process, (qmp, ctl, out) = start(guest, argv, ("ctl", "out"), terminal)
    pumping = threading.Thread(target=pump, args=(out, sink), daemon=True)
    pumping.start()
    monitor = None
    with contextlib.suppress(HarnessError):  # a QEMU that did not start reports that on stderr and by its status
        monitor = Qmp(qmp)
        Hotplug(monitor, ctl, guest)
    outcome.reason = supervise(process, monitor, timeout)
    pumping.join(10)
    outcome.seconds = time.monotonic() - began
    outcome.console = console.read_text(errors="replace") if console.exists() else ""
    outcome.artifacts = sorted(job.glob("core.*")) + sorted(job.glob("journal"))
    status = job / "status"
    if not outcome.reason and status.exists():
        outcome.status = int(status.read_text(encoding="ascii"))
    elif not outcome.reason:
        outcome.reason = explain(job, outcome.console, process)
    return outcome


def backtrace(path, stage):
    """Where one of our programs was when it dumped this core (core.NAME.PID): gdb's lines, if gdb is installed."""
    gdb, parts = host.find("gdb"), Path(path).name.split(".core.")
    if not gdb or len(parts) != 2 or not stage:
        return []
    name = parts[1].rpartition(".")[0]
    program = next((file for file in Path(stage).rglob(name) if file.is_file() and os.access(file, os.X_OK)), None)
    if not program:
        return []
    argv = [gdb, "-nx", "-batch", "-ex", "info registers rip rsp", "-ex", "bt 20", "-ex", "x/4i $rip", str(program), str(path)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return ["gdb did not end"]
    return done.stdout.splitlines()[-40:]


def console_tail(outcome):
    lines = [line for line in outcome.console.splitlines() if line.strip()][-CONSOLE_LINES:]
    return "\n".join(["--- the console's last lines ---", *lines, "--- end of console ---"])
