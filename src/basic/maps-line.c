/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parser of a line of /proc/PID/maps. */

#include "maps-line.h"

#include <stddef.h>
#include <string.h>
#include <sys/sysmacros.h>

static bool eat_rights(struct span *line, char rights[static 5])
{
	static const char *const letters[] = { "r-", "w-", "x-", "ps" };

	for (size_t i = 0; i < 4; i++, line->p++) {
		if (line->p == line->end || !*line->p || !strchr(letters[i], *line->p))
			return false;
		rights[i] = *line->p;
	}
	rights[4] = '\0';
	return true;
}

static bool eat_hex(struct span *line, uint64_t most, uint64_t *ret)
{
	return span_eat_number(line, 16, ret) && *ret <= most;
}

/* "START-END RIGHTS OFFSET MAJOR:MINOR INODE  NAME" */
static bool eat_fields(struct span *line, struct mapping *m)
{
	uint64_t offset, major, minor;

	if (!eat_hex(line, UINT64_MAX, &m->start) || !span_eat(line, "-") || !eat_hex(line, UINT64_MAX, &m->end) ||
	    m->start >= m->end || !span_eat(line, " ") || !eat_rights(line, m->rights) || !span_eat(line, " ") ||
	    !eat_hex(line, UINT64_MAX, &offset) || !span_eat(line, " ") || !eat_hex(line, UINT32_MAX, &major) ||
	    !span_eat(line, ":") || !eat_hex(line, UINT32_MAX, &minor) || !span_eat(line, " ") ||
	    !span_eat_number(line, 10, &m->inode) || !(span_is_empty(*line) || span_eat(line, " ")))
		return false;
	m->device = makedev((unsigned)major, (unsigned)minor);
	return true;
}

bool maps_line_parse(struct span line, struct mapping *ret, struct span *ret_name)
{
	struct mapping m;

	if (!eat_fields(&line, &m) || memchr(line.p, '\0', (size_t)(line.end - line.p)))
		return false;
	span_eat_blanks(&line);
	m.is_writable = m.rights[1] == 'w';
	m.is_exec = m.rights[2] == 'x';
	m.is_private = m.rights[3] == 'p';
	m.is_heap = span_is(line, "[heap]");
	m.is_private_anonymous = m.is_private && m.inode == 0 && (span_is_empty(line) || span_has_prefix(line, "[anon:"));
	*ret = m;
	*ret_name = line;
	return true;
}
