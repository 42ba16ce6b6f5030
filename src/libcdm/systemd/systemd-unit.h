/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What setup and teardown do to units, over the same connection: see org.freedesktop.systemd1(5). */

#include "systemd-bus.h"

#include <stdbool.h>

/*
 * As long as cdmd.service may take to start: its first reconcile can have many pages to move. The other calls get it
 * too, since the manager reads every unit file for some of them, and nothing waits for a fence here.
 */
#define SYSTEMD_UNIT_TIMEOUT_SEC 300

/* As systemd_bus_connect(), for a connection that the calls below are made on. */
int systemd_unit_connect(struct systemd_bus **bus, struct error *err);

struct systemd_unit {
	bool installed; /* there is a unit file of that name; nothing else holds without one */
	bool enabled;   /* at boot */
	bool disabled;  /* it can be enabled, and is not */
	bool active;    /* running, or on its way up or down */
};
int systemd_unit_read(struct systemd_bus *bus, const char *unit, struct systemd_unit *ret, struct error *err);

/* For the next boots. Both are done already when they are done twice. */
int systemd_unit_enable(struct systemd_bus *bus, const char *unit, struct error *err);
int systemd_unit_disable(struct systemd_bus *bus, const char *unit, struct error *err);

/* These return when the job is done. */
int systemd_unit_start(struct systemd_bus *bus, const char *unit, struct error *err);
int systemd_unit_reload(struct systemd_bus *bus, const char *unit, struct error *err); /* its configuration */
int systemd_unit_stop(struct systemd_bus *bus, const char *unit, struct error *err);

/* Makes the manager read unit files again, as is needed after enabling and disabling. */
int systemd_reload(struct systemd_bus *bus, struct error *err);
