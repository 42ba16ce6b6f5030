/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The tracer's own process: wait(2), and what each stop needs. */

#include "trace.h"

#include <sys/types.h>

/*
 * Seizes the process, which is no relative but has the same user. -EPERM: it is traced already, or the system forbids
 * it.
 */
int tracer_seize(const struct trace *plan, pid_t pid);

/* Runs until the last process of the program has ended. `say`: where to report, once, what could not be done; or -1. */
void tracer_run(const struct trace *plan, pid_t pid, int say);
