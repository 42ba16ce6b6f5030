/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* libudev's room: uevents of nodes and memory blocks. They only wake; what is true is read from sysfs. */

#include "basic/error.h"

#include <stdbool.h>

struct monitor;

/* Listens to the kernel's own uevents: they come without a udevd, and before its rules have run. */
int monitor_open(struct monitor **ret, struct error *err);
int monitor_fd(const struct monitor *m);

/*
 * Takes what is queued, a part of it when there is much, so that nothing else has to wait. Returns how many events
 * matter to us; *ret_overrun: some were lost (ENOBUFS), so anything may have happened. Negative errno when the socket
 * is broken.
 */
int monitor_drain(struct monitor *m, bool *ret_overrun);

void monitor_close(struct monitor *m);
DEFINE_CLEANUP(struct monitor *, monitor_close)
#define _cleanup_monitor_ _cleanup_(monitor_closep)
