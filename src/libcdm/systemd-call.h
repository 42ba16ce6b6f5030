/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* sd-bus's room: how systemd-bus.c and systemd-unit.c call the manager. */

#include "systemd-bus.h"

#include "basic/cleanup.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

struct systemd_bus {
	sd_bus *bus;
	bool direct;     /* to PID 1 itself: it sends every signal unasked */
	bool subscribed; /* asking twice is an error */
};

#define _cleanup_bus_ _cleanup_(sd_bus_close_unrefp)
#define _cleanup_message_ _cleanup_(sd_bus_message_unrefp)
#define _cleanup_slot_ _cleanup_(sd_bus_slot_unrefp)
#define _cleanup_bus_error_ _cleanup_(sd_bus_error_free)

/* A call of a method of the manager's, still to be filled. */
int systemd_new_call(struct systemd_bus *bus, sd_bus_message **ret, const char *method);

/* Sends it and waits. The reply may be NULL when nobody wants it. */
int systemd_call(struct systemd_bus *bus, sd_bus_message *m, const char *method, const char *unit,
		 sd_bus_message **ret_reply, struct error *err);

/* Calls what returns a job, and waits for its end. */
int systemd_call_job(struct systemd_bus *bus, sd_bus_message *m, const char *method, const char *unit,
		     unsigned timeout_sec, struct error *err);
