/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A line of nodeN/meminfo, "Node 0 MemTotal:  4810956 kB" (drivers/base/node.c, node_read_meminfo()). */

#include <stdint.h>

/*
 * The value of one field in bytes. -ENOENT: no such field; -EINVAL, -ERANGE: no number there. Nothing is allocated,
 * errno changes.
 */
int meminfo_field(const char *text, const char *field, uint64_t *ret);
