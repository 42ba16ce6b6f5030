# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user without privileges tries against the fences of others, with a cgroup OWN that is delegated to this user.

    attacks.py OWN ATTACK...     carries out the attacks in turns until it is killed; says "begun" after the first round

An attack is a generator that yields after each of its actions. Calls that are refused, by the kernel or because the
daemon does not run, do not end it.
"""

import contextlib
import ctypes
import itertools
import json
import mmap
import os
import signal
import socket
import sys
import time

SOCKET = "/run/cdm/cdmd.sock"
PAUSE = 0.01  # seconds between actions
DEPTH = 100  # of a nest of cgroups
NAMES = 100  # cgroups beside each other
CONNECTIONS = 16
MAPPINGS = 200  # of a file whose path takes 15,000 bytes of numa_maps each time
OBJECT = b"/org/freedesktop/systemd1"


def write(path, text):
    with contextlib.suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write(text)


def connect():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(SOCKET)
    return connection


def ask(connection, request):
    connection.sendall(json.dumps(request).encode() + b"\n")
    return json.loads(connection.recv(65536))


def enter():
    """Whether the daemon has moved this process into the group."""
    try:
        connection = connect()
        nonce = ask(connection, {"do": "enter", "group": "cdm.slice"})["nonce"]
        return ask(connection, {"do": "confirm", "nonce": nonce})["ok"]
    except (OSError, ValueError, KeyError):
        return False


def lists(own):
    """An empty cgroup with the name of a leaf whose process lives, and a list that is rewritten again and again."""
    path = own + "/rewritten"
    os.mkdir(own + "/cdm-launch-1")
    os.mkdir(path)
    while True:
        for mems in "0", "0-1":
            write(path + "/cpuset.mems", mems)
            yield


def deepen(path):
    """One cgroup more, in the last one: its path."""
    path += "/nest"
    os.mkdir(path)
    write(path + "/cgroup.subtree_control", "+cpuset")
    return path


def crowd(own):
    """Cgroups in each other, which stay."""
    path = own + "/crowd"
    os.mkdir(path)
    write(path + "/cgroup.subtree_control", "+cpuset")
    for _ in range(DEPTH):
        path = deepen(path)
    while True:
        yield


def nest(own):
    """Cgroups in each other, each with a list of its own, that come and go."""
    while True:
        made = []
        for _ in range(DEPTH):
            made.append(deepen(made[-1] if made else own))
            yield
        while made:
            os.rmdir(made.pop())
            yield


def names(own):
    """Cgroups with long names of control characters, each with a list of its own, that come and go."""
    while True:
        made = []
        for number in range(NAMES):
            made.append(f"{own}/{number}" + "\x1b[31m\x7f" * 35)
            os.mkdir(made[-1])
            write(made[-1] + "/cpuset.mems", "0")
            yield
        for path in made:
            os.rmdir(path)
            yield


def entering(own):
    """A cgroup that comes and goes, and a process that enters the group and ends, again and again."""
    entered = False
    for number in itertools.count():
        path = f"{own}/entering-{number}"
        os.mkdir(path)
        child = os.fork()
        if child == 0:
            os._exit(not enter())
        entered = os.waitpid(child, 0)[1] == 0 or entered
        os.rmdir(path)
        if entered:  # once is enough to know that this user may
            yield


def connections(_own):
    """Connections to the daemon, as many as one user may have, held and renewed."""
    held = []
    while True:
        opened = []
        for _ in range(CONNECTIONS):
            with contextlib.suppress(OSError):
                opened.append(connect())
        held[:] = opened
        for _ in range(40):
            yield


def map_at_depth():
    """A file of a deep directory, mapped many times by a process that then waits."""
    for name in f"/tmp/maps-{os.getpid()}", *[" " * 250] * 15:
        os.mkdir(name)
        os.chdir(name)
    file = os.open("f", os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, mmap.PAGESIZE)
    kept = [mmap.mmap(file, mmap.PAGESIZE) for _ in range(MAPPINGS)]
    while kept:
        signal.pause()


def maps(_own):
    """A process whose numa_maps has many long lines."""
    if os.fork() == 0:
        map_at_depth()
    while True:
        yield


def freezing(own):
    """A cgroup with a process in it that is frozen and thawed."""
    path = own + "/frozen"
    os.mkdir(path)
    if os.fork() == 0:
        write(path + "/cgroup.procs", str(os.getpid()))
        signal.pause()
    while True:
        for frozen in "10":
            write(path + "/cgroup.freeze", frozen)
            yield


def signals(_own):
    """On a machine of systemd's, claims that jobs have failed: those of the numbers that come next."""
    if not os.path.isdir("/run/systemd/system"):
        while True:
            yield
    systemd, bus, jobs = ctypes.CDLL("libsystemd.so.0"), ctypes.c_void_p(), ctypes.c_uint32()
    manager = b"org.freedesktop.systemd1.Manager"
    assert systemd.sd_bus_open_system(ctypes.byref(bus)) >= 0
    while True:
        systemd.sd_bus_get_property_trivial(bus, b"org.freedesktop.systemd1", OBJECT, manager, b"NInstalledJobs", None,
                                            ctypes.c_char(b"u"), ctypes.byref(jobs))  # fmt: skip
        for job in range(jobs.value, jobs.value + 50):
            systemd.sd_bus_emit_signal(bus, OBJECT, manager, b"JobRemoved", b"uoss", ctypes.c_uint32(job),
                                       b"%s/job/%d" % (OBJECT, job), b"cdm.slice", b"failed")  # fmt: skip
            if job % 10 == 0:
                yield


ATTACKS = {attack.__name__: attack for attack in (lists, crowd, nest, names, entering, connections, maps, freezing, signals)}


def main(own, *wanted):
    os.makedirs(own + "/home", exist_ok=True)  # no processes beside cgroups
    write(own + "/home/cgroup.procs", str(os.getpid()))
    write(own + "/cgroup.subtree_control", "+cpuset")
    running = [ATTACKS[name](own) for name in wanted]
    for turn in itertools.count():
        for attack in running:
            next(attack)
            time.sleep(PAUSE)
        if turn == 0:
            print("begun", flush=True)


main(*sys.argv[1:])
