/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is free on nodes (nodeN/meminfo), read with neither malloc nor errno. */

#include <stdbool.h>
#include <stddef.h>

#include "basic/nodeset.h"

/*
 * Whether as much may be there. Small requests, and nodes of which nothing can be read, are let pass: filling tells. It
 * spares everybody a device that is filled for nothing, and is asked where a failure could not be undone.
 */
bool room_for(const struct nodeset *nodes, size_t size);

/*
 * The bytes of [p, p + size) that no page is there for, neither in the mapping nor in the memory that it maps
 * (mincore(2)).
 */
size_t room_missing(const void *p, size_t size);
