/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "basic/cleanup.h"

/*
 * The daemon's log: one line per event on standard error, "event=step do=fence target=system.slice nodes=0".
 * Under the journal each line carries its priority (sd-daemon(3), "<6>").
 */

enum log_level {
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

void log_open(void);

/*
 * Takes key, value, key, value, ..., NULL. A value with spaces, quotes or bytes that a terminal could interpret is
 * quoted and escaped; a pair whose value is NULL is left out.
 */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));
