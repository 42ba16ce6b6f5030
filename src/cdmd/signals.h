/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SIGHUP, SIGTERM and SIGINT as a descriptor. */

#include "basic/error.h"

#include <stdbool.h>

/* Blocks them, and SIGPIPE is ignored from now on. Returns the signalfd(2). */
int signals_open(struct error *err);

/* Takes all that came: *reload for SIGHUP, *stop for the others; both stay as they were otherwise. */
void signals_drain(int fd, bool *reload, bool *stop);
