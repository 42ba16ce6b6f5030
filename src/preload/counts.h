/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Counts what the rules allowed, where a reporter sees it (counts-format.h): by additions, without a lock. */

#include "placement/counts-format.h"

#include <stddef.h>

/*
 * Finds the file by the hand-over's path. Where it is not there, or is anything else than memory made for this
 * (another file may have the path, in a PID namespace), nothing is counted.
 */
void counts_open(const char *path);

/* All keep errno, and do nothing when nothing is counted. */
void counts_allowed(unsigned rule, size_t size);
void counts_unbound(unsigned target, size_t size, int error);
void counts_let_go(size_t size);

/* Of a new chunk, and of one that has grown. */
void counts_chunk(unsigned target, uintptr_t base, uintptr_t end);
