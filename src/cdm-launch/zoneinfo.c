/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How much room the zones of a node have, from /proc/zoneinfo. */

#include "zoneinfo.h"

#include "basic/strutil.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

/* Reads the number after a word at the begin of the line: "        high     18". */
static bool field(const char *line, const char *name, uint64_t *ret)
{
	const char *value = after_prefix(line + strspn(line, " "), name);

	return value && *value == ' ' && sscanf(value, "%" SCNu64, ret) == 1;
}

int zone_room(const char *zoneinfo, int node, struct zone_room *ret)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct zone_room room = { 0 };
	bool here = false;

	for (const char *line = zoneinfo; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		uint64_t n;
		int of;

		if (sscanf(line, "Node %d, zone", &of) == 1)
			here = of == node;
		if (!here)
			continue;
		if (field(line, "pages free", &n))
			room.free += n * page;
		else if (field(line, "high", &n))
			room.high += n * page;
		else if (field(line, "managed", &n))
			room.size += n * page;
	}
	if (room.size == 0)
		return -ENOENT;
	*ret = room;
	return 0;
}

bool zone_is_full(const struct zone_room *room)
{
	return room->free <= 2 * room->high;
}
