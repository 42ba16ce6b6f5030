/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Counts what the rules allowed, where cdm-launch's reporter can see it (counts-format.h): by atomic additions, without
 * a lock.
 */

#include "placement/counts-format.h"

#include <stddef.h>

/*
 * Opens the file whose path the hand-over names. If it does not exist, or is not memory made for this purpose (in a PID
 * namespace the path may be another file's), nothing is counted.
 */
void counts_open(const char *path);

/* All of these keep errno, and do nothing if there is nothing to count into. */
void counts_allowed(unsigned rule, size_t size);
void counts_unbound(unsigned target, size_t size, int error);
void counts_let_go(size_t size);

/* Records a new chunk, or one that has grown. */
void counts_chunk(unsigned target, uintptr_t base, uintptr_t end);
