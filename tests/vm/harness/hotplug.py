# SPDX-License-Identifier: GPL-2.0-or-later
"""Serves the guest's function 'host': hot-adds and hot-removes DIMMs.

A request is one line "TAG VERB ARGUMENT...", its answer "TAG ok ID" or "TAG err REASON".
"""

import itertools
import threading
import time

from . import HarnessError

BLOCK_MB = 128  # the memory block size of an x86 guest with less than 64 GB at boot
REMOVED = "DEVICE_DELETED"
REFUSED = ("MEM_UNPLUG_ERROR", "DEVICE_UNPLUG_GUEST_ERROR")


def number(text, what):
    if not text.isdecimal():
        raise HarnessError(f"{what} is a number, not '{text}'")
    return int(text)


class Hotplug:
    def __init__(self, qmp, sock, nodes):
        self._qmp = qmp
        self._nodes = nodes
        self._backends = {}
        self._serial = itertools.count(1)
        self._verbs = {"add": self._add, "del": self._del}
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
        verb = self._verbs.get(words[0] if words else "")
        if not verb:
            return f"err usage: host {'|'.join(self._verbs)} ..."
        try:
            return f"ok {verb(*words[1:])}"
        except TypeError:
            return "err usage: host add NODE MB [ID] | host del ID [SECONDS]"
        except HarnessError as error:
            return f"err {' '.join(str(error).split())}"

    def _add(self, node, megabytes, name=None, /):
        place, size = number(node, "NODE"), number(megabytes, "MB")
        if not 1 <= place <= self._nodes:
            raise HarnessError(f"node {place} cannot be added: the guest's nodes are 1 to {self._nodes}")
        if size == 0 or size % BLOCK_MB:
            raise HarnessError(f"{size} MB is not a multiple of the guest's memory block of {BLOCK_MB} MB")
        serial = next(self._serial)
        name = name or f"d{serial}"
        if name in self._backends:
            raise HarnessError(f"there is a DIMM {name} already")
        backend = f"backend{serial}"
        self._qmp.execute("object-add", **{"qom-type": "memory-backend-ram", "id": backend, "size": size << 20})
        try:
            self._qmp.execute("device_add", driver="pc-dimm", id=name, memdev=backend, node=place)
        except HarnessError:
            self._qmp.execute("object-del", id=backend)
            raise
        self._backends[name] = backend
        return name

    def _del(self, name, seconds="60", /):
        if name not in self._backends:
            raise HarnessError(f"there is no DIMM {name}")
        limit = number(seconds, "SECONDS")
        mark = self._qmp.mark()
        self._qmp.execute("device_del", id=name)
        ends = (REMOVED, *REFUSED)
        event = self._qmp.wait_event(lambda e: e["event"] in ends and e["data"].get("device") == name, mark, limit)
        if event is None:
            raise HarnessError(f"the guest did not let go of DIMM {name} in {limit} s")
        if event["event"] != REMOVED:
            raise HarnessError(f"the guest refuses to let go of DIMM {name}: {event['event']} {event['data'].get('msg', '')}")
        self._free(self._backends.pop(name))
        return name

    def _free(self, backend):
        """QEMU lets go of the memory region a little after DEVICE_DELETED (RCU)."""
        deadline = time.monotonic() + 5
        while True:
            try:
                self._qmp.execute("object-del", id=backend)
                return
            except HarnessError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
