/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* sd_notify(3). Without a service manager these do nothing. */
void notify_ready(const char *refused); /* why the new configuration was refused; NULL: it is in force */
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);

/* The interval in which the service manager expects a notification, in microseconds; 0: it expects none. */
uint64_t notify_watchdog_usec(void);
