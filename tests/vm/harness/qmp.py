# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the QEMU Machine Protocol: matches replies by id, and keeps events."""

import itertools
import json
import threading

from . import HarnessError


class Qmp:
    def __init__(self, sock):
        self._sock = sock
        self._ids = itertools.count(1)
        self._replies = {}
        self._events = []
        self._closed = False
        self._changed = threading.Condition()
        threading.Thread(target=self._read, args=(sock.makefile("r", encoding="utf-8"),), daemon=True).start()
        self.execute("qmp_capabilities")

    def _read(self, stream):
        try:
            for line in stream:
                message = json.loads(line)
                with self._changed:
                    if "event" in message:
                        self._events.append(message)
                    elif "id" in message:
                        self._replies[message["id"]] = message
                    self._changed.notify_all()
        except (OSError, ValueError):
            pass  # QEMU is gone or was killed in the middle of a line
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def execute(self, command, timeout=30, **arguments):
        """Runs a command; its error becomes a HarnessError."""
        number = next(self._ids)
        request = json.dumps({"execute": command, "arguments": arguments, "id": number}) + "\n"
        try:
            self._sock.sendall(request.encode())
        except OSError as error:
            raise HarnessError(f"{command}: QEMU is gone") from error
        with self._changed:
            self._changed.wait_for(lambda: number in self._replies or self._closed, timeout)
            reply = self._replies.pop(number, None)
        if reply is None:
            raise HarnessError(f"{command}: QEMU {'is gone' if self._closed else f'did not answer in {timeout} s'}")
        if "error" in reply:
            raise HarnessError(f"{command}: {reply['error'].get('desc', reply['error'])}")
        return reply["return"]

    def mark(self):
        """The current position in the list of events, for wait_event()."""
        with self._changed:
            return len(self._events)

    def wait_event(self, wanted, since, timeout):
        """The first event after the mark that matches the predicate; None if the time is over or QEMU is gone."""

        def first():
            return next((event for event in self._events[since:] if wanted(event)), None)

        with self._changed:
            self._changed.wait_for(lambda: first() or self._closed, timeout)
            return first()
