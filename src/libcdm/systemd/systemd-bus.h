/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd's D-Bus interface (org.freedesktop.systemd1(5)), as much of it as fences and launches need. Built
 * without libsystemd, every call fails with -EOPNOTSUPP and says so. No call waits longer than its timeout.
 */

#include "basic/error.h"
#include "basic/nodeset.h"

#include <sys/types.h>

struct systemd_bus;

#define SYSTEMD_CALL_TIMEOUT_SEC 5
#define SYSTEMD_JOB_TIMEOUT_SEC 10

/*
 * Connects *bus when it is NULL or has gone away: to the system bus, or, as root, to PID 1 itself, which is there
 * before the system bus is and after it has gone.
 */
int systemd_bus_connect(struct systemd_bus **bus, struct error *err);
void systemd_bus_close(struct systemd_bus *bus);

/* Between two uses: a connection to PID 1 itself is closed, since nobody would read the signals it sends. */
void systemd_bus_rest(struct systemd_bus **bus);

/* For a daemon that has nothing to do: unless a connection is open, libsystemd goes until the next. Not thread-safe. */
void systemd_bus_unload(void);

/* AllowedMemoryNodes= of a unit, at run time. An empty set resets it. */
int systemd_bus_set_mems(struct systemd_bus *bus, const char *unit, const struct nodeset *mems, struct error *err);

/* Returns when PID 1 has done what earlier calls left for its event loop to do, such as writing cgroup files. */
int systemd_bus_settle(struct systemd_bus *bus, struct error *err);

/* Starts a unit and waits for the job. */
int systemd_bus_start(struct systemd_bus *bus, const char *unit, struct error *err);

struct systemd_scope {
	const char *name, *slice, *description;
	pid_t pid; /* the process it starts with */
	const struct nodeset *mems;
};

/* Starts a transient scope and waits for the job. -EEXIST: there is a unit of that name. */
int systemd_bus_start_scope(struct systemd_bus *bus, const struct systemd_scope *scope, struct error *err);
