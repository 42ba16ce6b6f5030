/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mbind(2), without libnuma and without touching errno. */

#include "handover.h"

/*
 * Binds [p, p + size) to the hand-over's nodes in its mode: 0 or a negative errno, in which case the range keeps the
 * policy it had (a range without its own: the task's, which is system nodes only).
 */
int bind_range(const struct handover *h, void *p, size_t size);

/* Whether the VMA at p has no policy of its own. */
bool bind_is_free(void *p);

/* How often bind_range() has failed in this process. */
unsigned long bind_failures(void);
