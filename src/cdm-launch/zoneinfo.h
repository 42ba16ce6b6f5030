/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How much room a node has, from the text of /proc/zoneinfo (mm/vmstat.c, zoneinfo_show_print()). */

#include <stdbool.h>
#include <stdint.h>

struct zone_room {
	uint64_t free, high, size; /* bytes of all zones of the node: free, the high watermarks, managed */
};

/* -ENOENT: the node has no zone with memory. */
int zone_room(const char *zoneinfo, int node, struct zone_room *ret);

/*
 * Whether allocations that may spill do so: the kernel uses a node down to the low watermark
 * (get_page_from_freelist()), huge pages stop before that.
 */
bool zone_is_full(const struct zone_room *room);
