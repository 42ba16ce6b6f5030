/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The tracer's own process: wait(2), and what each stop wants. */

#include "trace.h"

#include <sys/types.h>

/* Seizes the process, a stranger to us but of the same user: -EPERM it is traced already, or the system forbids it. */
int tracer_seize(const struct inject *plan, pid_t pid);

/* Until the last of what came of the process has ended. `say`: where to say, once, what could not be done; or -1. */
void tracer_run(const struct inject *plan, pid_t pid, int say);
