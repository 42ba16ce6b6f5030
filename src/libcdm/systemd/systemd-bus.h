/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The part of systemd's D-Bus interface (org.freedesktop.systemd1(5)) that fences and launches need. In a build without
 * libsystemd every call fails with -EOPNOTSUPP and says so. No call waits longer than its timeout.
 */

#include "basic/error.h"
#include "basic/nodeset.h"

#include <sys/types.h>

struct systemd_bus;

#define SYSTEMD_CALL_TIMEOUT_SEC 5
#define SYSTEMD_JOB_TIMEOUT_SEC 10

/*
 * Connects *bus if it is NULL or its connection was closed: to the system bus or, if that fails and the caller is root,
 * to PID 1 directly, which works before the system bus is up and after it is gone.
 */
_must_use_ int systemd_bus_connect(struct systemd_bus **bus, struct error *err);
void systemd_bus_close(struct systemd_bus *bus);

/* Closes a direct connection to PID 1 between two uses, since nothing would read the signals that it gets. */
void systemd_bus_rest(struct systemd_bus **bus);

/* For an idle daemon: unloads libsystemd until it is needed again, unless a connection is open. Not thread-safe. */
void systemd_bus_unload(void);

/* Sets AllowedMemoryNodes= of a unit at run time. An empty set resets it. */
_must_use_ int systemd_bus_set_mems(struct systemd_bus *bus, const char *unit, const struct nodeset *mems,
				    struct error *err);

/* Returns when PID 1 has done what earlier calls left to its event loop, such as writing cgroup files. */
_must_use_ int systemd_bus_sync(struct systemd_bus *bus, struct error *err);

/* Starts a unit and waits for the job. */
_must_use_ int systemd_bus_start(struct systemd_bus *bus, const char *unit, struct error *err);

struct systemd_scope {
	const char *name, *slice, *description;
	pid_t pid; /* the process to start it with */
	const struct nodeset *mems;
};

/* Starts a transient scope and waits for the job. -EEXIST: a unit of that name exists. */
_must_use_ int systemd_bus_start_scope(struct systemd_bus *bus, const struct systemd_scope *scope, struct error *err);
