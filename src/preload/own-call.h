/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * System calls that the library makes for itself. A seccomp filter of the program may answer them with SIGSYS
 * (SECCOMP_RET_TRAP): the program's handler does not see that (hooks-signal.c), and the call fails with EPERM.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "basic/nodeset.h"

/* Like syscall(2). */
long own_call(long nr, ...);

/* Like fill_pages(), which makes several calls. */
int own_fill(void *p, size_t size, int advice, const struct nodeset *nodes);

/* In a handler of SIGSYS: whether the signal answers such a call of this thread, which then fails. */
bool own_call_is_trapped(const siginfo_t *info);
