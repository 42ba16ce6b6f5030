/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* sd_notify(3), where there is a service manager to tell; otherwise nothing happens. */
void notify_ready(const char *refused); /* why the configuration that was to be read is not in force; NULL: it is */
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);

/* How often the service manager wants to hear from us, microseconds; 0: never. */
uint64_t notify_watchdog_usec(void);
