/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* This process's mappings, from /proc/self/maps. Nothing is allocated, and errno is kept. */

#include "basic/maps-line.h"

/* Calls `each` for each mapping in turn, until it returns false or there are no more. */
void maps_each(bool (*each)(const struct mapping *m, void *arg), void *arg);

/* Finds the mapping that contains p. Returns false if there is none. */
bool maps_at(const void *p, struct mapping *ret);
