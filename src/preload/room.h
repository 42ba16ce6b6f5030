/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is free on nodes (nodeN/meminfo), read without malloc and without changing errno. */

#include <stdbool.h>
#include <stddef.h>

#include "basic/nodeset.h"

/*
 * Whether the nodes may have `size` bytes free. Small requests, and nodes whose meminfo cannot be read, pass: filling
 * tells. The check keeps requests that must fail from filling a device in vain, and is used where a failure could not
 * be undone.
 */
bool room_for(const struct nodeset *nodes, size_t size);

/*
 * Returns how many bytes of [p, p + size) have no page yet, neither in the mapping nor in the memory that it maps
 * (mincore(2)).
 */
size_t room_missing(const void *p, size_t size);
