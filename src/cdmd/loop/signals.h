/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SIGHUP, SIGTERM and SIGINT as a descriptor. */

#include "basic/error.h"

#include <stdbool.h>

/* Blocks them, and ignores SIGPIPE. Returns the signalfd(2). */
_must_use_ int signals_open(struct error *err);

/* Reads all pending signals: sets *reload for SIGHUP, *stop for the others. Leaves them unchanged otherwise. */
void signals_drain(int fd, bool *reload, bool *stop);
