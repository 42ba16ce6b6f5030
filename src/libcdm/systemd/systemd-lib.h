/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * libsystemd is loaded when a connection is made: with its own dependencies (libgcrypt, three compressors) it would
 * triple the cost of starting a program, and take half of an idle daemon's memory; and it is needed only where systemd
 * runs. With systemd-call.h its functions are called by their own names; one that is not in this list does not link.
 */

#include "basic/error.h"

#include <systemd/sd-bus.h>

#define SYSTEMD_FUNCTIONS(F)              \
	F(sd_bus_call)                    \
	F(sd_bus_close_unref)             \
	F(sd_bus_error_free)              \
	F(sd_bus_error_has_name)          \
	F(sd_bus_flush_close_unref)       \
	F(sd_bus_get_property_string)     \
	F(sd_bus_is_open)                 \
	F(sd_bus_match_signal)            \
	F(sd_bus_message_append)          \
	F(sd_bus_message_append_array)    \
	F(sd_bus_message_close_container) \
	F(sd_bus_message_new_method_call) \
	F(sd_bus_message_open_container)  \
	F(sd_bus_message_get_sender)      \
	F(sd_bus_message_read)            \
	F(sd_bus_message_unref)           \
	F(sd_bus_new)                     \
	F(sd_bus_open_system)             \
	F(sd_bus_process)                 \
	F(sd_bus_set_address)             \
	F(sd_bus_set_method_call_timeout) \
	F(sd_bus_slot_unref)              \
	F(sd_bus_start)                   \
	F(sd_bus_wait)

struct systemd_lib {
#define SYSTEMD_MEMBER(name) __typeof__(name) *name;
	SYSTEMD_FUNCTIONS(SYSTEMD_MEMBER)
#undef SYSTEMD_MEMBER
};

/* All NULL unless systemd_lib_load() has returned 0 and the library was not unloaded since. */
extern struct systemd_lib systemd_lib;

/* -EOPNOTSUPP: the library is not installed, or too old. */
_must_use_ int systemd_lib_load(struct error *err);

/* The library must not be in use: no connection, no message. */
void systemd_lib_unload(void);
