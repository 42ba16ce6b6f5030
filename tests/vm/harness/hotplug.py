# SPDX-License-Identifier: GPL-2.0-or-later
"""Serves the guest's function 'host': hot-adds and hot-removes DIMMs, resets the machine.

A request is one line "TAG VERB ARGUMENT...", its answer "TAG ok ID" or "TAG err REASON".
"""

import itertools
import threading
import time

from . import HarnessError, arch, qemu

USAGE = "host add NODE MB [ID] | host del ID [SECONDS] | host reset"

# ACPI's _OST (ACPI 6.5, 6.3.5): the guest's answer to an eject request.
EJECT_REQUESTS = (0x03, 0x103)
OST_SUCCESS, OST_IN_PROGRESS = 0x00, 0x84


def number(text, what):
    if not text.isdecimal():
        raise HarnessError(f"{what} is a number, not '{text}'")
    return int(text)


def removal_ended(event, name):
    """How an attempt to remove the DIMM ended: "" if it is gone, otherwise the reason; None for other events.

    A guest that cannot offline the memory reports it only by _OST; QEMU sends UNPLUG_ERROR events for errors of its own.
    """
    data = event["data"]
    if event["event"] == "ACPI_DEVICE_OST":
        info = data["info"]
        if info.get("device") != name or info["source"] not in EJECT_REQUESTS:
            return None
        return None if info["status"] in (OST_SUCCESS, OST_IN_PROGRESS) else f"_OST status {info['status']:#x}"
    if data.get("device") != name:
        return None
    if event["event"] in ("MEM_UNPLUG_ERROR", "DEVICE_UNPLUG_GUEST_ERROR"):
        return f"{event['event']} {data.get('msg', '')}"
    return "" if event["event"] == "DEVICE_DELETED" else None


class Dimms:
    """Memory as modules (DIMMs): by ACPI, or on a POWER machine."""

    def __init__(self, qmp):
        self._qmp = qmp
        self._there = {}  # name: (backend, mark in the events)
        self._serial = itertools.count(1)

    def add(self, name, node, size):
        backend, mark = f"backend{next(self._serial)}", self._qmp.mark()
        self._qmp.execute("object-add", **{"qom-type": "memory-backend-ram", "id": backend, "size": size})
        try:
            self._qmp.execute("device_add", driver="pc-dimm", id=name, memdev=backend, node=node)
        except HarnessError:
            self._qmp.execute("object-del", id=backend)
            raise
        self._there[name] = backend, mark

    def remove(self, name, limit):
        backend, added = self._there[name]
        gone = self._qmp.wait_event(lambda event: removal_ended(event, name) == "", added, 0)
        if not gone:  # an earlier attempt that exceeded its limit has removed it
            self._unplug(name, limit)
        del self._there[name]
        self._free(backend)

    def _unplug(self, name, limit):
        mark = self._qmp.mark()
        self._qmp.execute("device_del", id=name)
        event = self._qmp.wait_event(lambda event: removal_ended(event, name) is not None, mark, limit)
        if event is None:
            raise HarnessError(f"the guest did not let go of DIMM {name} in {limit} s")
        if refusal := removal_ended(event, name):
            raise HarnessError(f"the guest refuses to let go of DIMM {name}: {refusal}")

    def _free(self, backend):
        """Retries: QEMU releases the memory region a little after DEVICE_DELETED (RCU)."""
        deadline = time.monotonic() + 5
        while True:
            try:
                self._qmp.execute("object-del", id=backend)
                return
            except HarnessError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


class Sizes:
    """Memory as virtio-mem devices, one per node, which exist from the start with size 0: for kernels that do not support
    memory added by ACPI (Debian's for arm64)."""

    def __init__(self, qmp):
        self._qmp = qmp
        self._there = {}  # name: node, size

    def _request(self, node, size):
        path = f"/machine/peripheral/{qemu.sizable(node)}"
        self._qmp.execute("qom-set", path=path, property="requested-size", value=size)

    def add(self, name, node, size):
        if node in (taken for taken, _ in self._there.values()):
            raise HarnessError(f"node {node} has memory already: on this machine it is one device")
        if size > qemu.SIZABLE_MB << 20:
            raise HarnessError(f"node {node} can have {qemu.SIZABLE_MB} MB")
        self._request(node, size)
        self._there[name] = node, size

    def remove(self, name, limit):
        node, size = self._there[name]
        mark = self._qmp.mark()
        self._request(node, 0)
        event = self._qmp.wait_event(lambda event: self._is_empty(event, node), mark, limit)
        if event is None:
            self._request(node, size)
            raise HarnessError(f"the guest did not let go of the memory {name} in {limit} s")
        del self._there[name]

    @staticmethod
    def _is_empty(event, node):
        data = event["data"]
        return event["event"] == "MEMORY_DEVICE_SIZE_CHANGE" and data.get("id") == qemu.sizable(node) and data["size"] == 0


class Hotplug:
    def __init__(self, qmp, sock, guest):
        kind = arch.of(guest.arch)
        self._qmp = qmp
        self._nodes = guest.nodes
        self._block_mb = kind.block_mb
        self._memory = Sizes(qmp) if kind.sizable else Dimms(qmp)
        self._names = set()
        self._serial = itertools.count(1)
        self._verbs = {"add": (self._add, (2, 3)), "del": (self._del, (1, 2)), "reset": (self._reset, (0,))}
        stream = sock.makefile("rw", encoding="utf-8", errors="replace")
        threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream):
        try:
            for line in stream:
                tag, *words = line.split() or [""]
                stream.write(f"{tag} {self._answer(words)}\n")
                stream.flush()
        except OSError:
            pass  # QEMU is gone

    def _answer(self, words):
        verb, arity = self._verbs.get(words[0] if words else "", (None, ()))
        if len(words) - 1 not in arity:
            return f"err usage: {USAGE}"
        try:
            return f"ok {verb(*words[1:])}"
        except HarnessError as error:
            return f"err {' '.join(str(error).split())}"

    def _add(self, node, megabytes, name=None):
        place, size = number(node, "NODE"), number(megabytes, "MB")
        if not 1 <= place <= self._nodes:
            raise HarnessError(f"node {place} cannot be added: the guest's nodes are 1 to {self._nodes}")
        if size == 0 or size % self._block_mb:
            raise HarnessError(f"{size} MB is not a multiple of the guest's memory block of {self._block_mb} MB")
        name = name or f"d{next(self._serial)}"
        if name in self._names:
            raise HarnessError(f"there is a DIMM {name} already")
        self._memory.add(name, place, size << 20)
        self._names.add(name)
        return name

    def _del(self, name, seconds="60"):
        if name not in self._names:
            raise HarnessError(f"there is no DIMM {name}")
        self._memory.remove(name, number(seconds, "SECONDS"))
        self._names.remove(name)
        return name

    def _reset(self):
        """Overrides -no-reboot: from now on a reboot does not end QEMU, since SeaBIOS turns the first into a second.
        guest/stage2 makes sure that there is no third boot. What was plugged in stays."""
        self._qmp.execute("set-action", reboot="reset")
        self._qmp.execute("system_reset")
        return "reset"
