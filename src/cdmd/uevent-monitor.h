/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The only user of libudev: uevents of nodes, memory blocks and CPUs. They only wake; the state is read from sysfs. */

#include "basic/error.h"

#include <stdbool.h>

struct monitor;

/* Listens to the kernel's own uevents, which come without udevd and before its rules have run. */
_must_use_ int monitor_open(struct monitor **ret, struct error *err);
int monitor_fd(const struct monitor *m);

/*
 * Reads queued events, at most a part of many, so that other sources do not have to wait. Returns how many events
 * matter; *ret_overrun: some were lost (ENOBUFS), so anything may have changed. Returns a negative errno if the socket
 * is broken.
 */
int monitor_drain(struct monitor *m, bool *ret_overrun);

void monitor_close(struct monitor *m);
DEFINE_CLEANUP(struct monitor *, monitor_close)
#define _cleanup_monitor_ _cleanup_(monitor_closep)
