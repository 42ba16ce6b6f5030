/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The only user of sd-bus: how systemd-bus.c and systemd-unit.c call the manager. */

#include "systemd-bus.h"

#include "basic/cleanup.h"
#include "systemd-lib.h"

#include <stdbool.h>

/* The functions of the list in systemd-lib.h, in its order. */
#define sd_bus_call systemd_lib.sd_bus_call
#define sd_bus_close_unref systemd_lib.sd_bus_close_unref
#define sd_bus_error_free systemd_lib.sd_bus_error_free
#define sd_bus_error_has_name systemd_lib.sd_bus_error_has_name
#define sd_bus_flush_close_unref systemd_lib.sd_bus_flush_close_unref
#define sd_bus_get_property_string systemd_lib.sd_bus_get_property_string
#define sd_bus_is_open systemd_lib.sd_bus_is_open
#define sd_bus_match_signal systemd_lib.sd_bus_match_signal
#define sd_bus_message_append systemd_lib.sd_bus_message_append
#define sd_bus_message_append_array systemd_lib.sd_bus_message_append_array
#define sd_bus_message_close_container systemd_lib.sd_bus_message_close_container
#define sd_bus_message_new_method_call systemd_lib.sd_bus_message_new_method_call
#define sd_bus_message_open_container systemd_lib.sd_bus_message_open_container
#define sd_bus_message_get_sender systemd_lib.sd_bus_message_get_sender
#define sd_bus_message_read systemd_lib.sd_bus_message_read
#define sd_bus_message_unref systemd_lib.sd_bus_message_unref
#define sd_bus_new systemd_lib.sd_bus_new
#define sd_bus_open_system systemd_lib.sd_bus_open_system
#define sd_bus_process systemd_lib.sd_bus_process
#define sd_bus_set_address systemd_lib.sd_bus_set_address
#define sd_bus_set_method_call_timeout systemd_lib.sd_bus_set_method_call_timeout
#define sd_bus_slot_unref systemd_lib.sd_bus_slot_unref
#define sd_bus_start systemd_lib.sd_bus_start
#define sd_bus_wait systemd_lib.sd_bus_wait

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

struct systemd_bus {
	sd_bus *bus;
	bool direct;     /* to PID 1 directly, which sends every signal without a subscription */
	bool subscribed; /* a second Subscribe is an error */
};

/* sd-bus.h's own clean-up functions call functions that are not linked. */
static inline _unused_ void systemd_close_busp(sd_bus **bus)
{
	if (*bus)
		sd_bus_close_unref(*bus);
}

static inline _unused_ void systemd_free_messagep(sd_bus_message **m)
{
	if (*m)
		sd_bus_message_unref(*m);
}

static inline _unused_ void systemd_free_slotp(sd_bus_slot **slot)
{
	if (*slot)
		sd_bus_slot_unref(*slot);
}

static inline _unused_ void systemd_free_error(sd_bus_error *e)
{
	sd_bus_error_free(e);
}

#define _cleanup_bus_ _cleanup_(systemd_close_busp)
#define _cleanup_message_ _cleanup_(systemd_free_messagep)
#define _cleanup_slot_ _cleanup_(systemd_free_slotp)
#define _cleanup_bus_error_ _cleanup_(systemd_free_error)

/* Makes a call of one of the manager's methods, without its arguments. */
int systemd_new_call(struct systemd_bus *bus, sd_bus_message **ret, const char *method);

/* Sends it and waits. ret_reply is NULL if the caller does not need the reply. */
_must_use_ int systemd_call(struct systemd_bus *bus, sd_bus_message *m, const char *method, const char *unit,
			    sd_bus_message **ret_reply, struct error *err);

/* Calls a method that returns a job, and waits for the job's end. */
_must_use_ int systemd_call_job(struct systemd_bus *bus, sd_bus_message *m, const char *method, const char *unit,
				unsigned timeout_sec, struct error *err);
