/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The calls of setup and teardown about units, over the same connection: see org.freedesktop.systemd1(5). */

#include "systemd-bus.h"

#include <stdbool.h>

/*
 * The time that cdmd.service may take to start: its first reconcile may have to move many pages. The other calls have
 * the same limit, since the manager reads every unit file for some of them, and no fence waits for them.
 */
#define SYSTEMD_UNIT_TIMEOUT_SEC 300

/* Like systemd_bus_connect(), for a connection that the calls below use. */
_must_use_ int systemd_unit_connect(struct systemd_bus **bus, struct error *err);

struct systemd_unit {
	bool installed; /* there is a unit file of that name; if not, the others are false */
	bool enabled;   /* at boot */
	bool disabled;  /* it can be enabled, but is not */
	bool active;    /* running, or starting or stopping */
};
_must_use_ int systemd_unit_read(struct systemd_bus *bus, const char *unit, struct systemd_unit *ret, struct error *err);

/* For later boots. Enabling an enabled unit is no error, nor is disabling a disabled one. */
_must_use_ int systemd_unit_enable(struct systemd_bus *bus, const char *unit, struct error *err);
_must_use_ int systemd_unit_disable(struct systemd_bus *bus, const char *unit, struct error *err);

/* These return when the job is done; a reload is one of the unit's configuration. */
_must_use_ int systemd_unit_start(struct systemd_bus *bus, const char *unit, struct error *err);
_must_use_ int systemd_unit_reload(struct systemd_bus *bus, const char *unit, struct error *err);
_must_use_ int systemd_unit_stop(struct systemd_bus *bus, const char *unit, struct error *err);

/* Makes the manager read the unit files again, which is needed after enabling and disabling. */
_must_use_ int systemd_reload(struct systemd_bus *bus, struct error *err);
