/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mbind(2), without libnuma and without touching errno. */

#include "handover.h"

/*
 * Binds [p, p + size) to the target's nodes in its mode, with flags as mbind(2) has them (MPOL_MF_MOVE, or 0): 0 or a
 * negative errno, in which case the range keeps the policy it had (a range without its own: the task's, which is
 * system nodes only).
 */
int bind_range(const struct handover_target *t, void *p, size_t size, unsigned flags);

/* Takes the policy off again, and brings back what is there already. */
void bind_undo(void *p, size_t size);

/* Whether the VMA at p has no policy of its own. */
bool bind_is_free(void *p);

/* How often bind_range() has failed in this process. */
unsigned long bind_failures(void);
