/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* nodeN/meminfo, "Node 0 MemTotal:  4810956 kB" (drivers/base/node.c, node_read_meminfo()). */

#include "basic/nodeset.h"
#include "basic/root.h"

#include <stdint.h>

/* The value of one field in bytes. -ENOENT: no such field, -EINVAL, -ERANGE: no number there. */
int meminfo_bytes(const char *text, const char *field, uint64_t *ret);

/* What is free on all of these nodes, in bytes. */
uint64_t meminfo_free(const struct root *root, const struct nodeset *nodes);
