/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/status (fs/proc/array.c, proc_pid_status()), of a process or a thread. */

#include "basic/root.h"

#include <sys/types.h>

/* Reads the file; pid 0: the caller's. -ENOENT, -ESRCH: there is no such process. */
_must_use_ int process_status(const struct root *root, pid_t pid, char **ret) _nonnull_(1, 3);

/* Returns what follows "KEY:" and a tab, up to the end of the text. NULL: no such line, or the first one (Name). */
const char *status_field(const char *text, const char *key) _nonnull_(1, 2);
