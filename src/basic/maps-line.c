/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parser of a line of /proc/PID/maps. */

#include "maps-line.h"

#include <string.h>
#include <sys/sysmacros.h>

static bool eat_right(struct span *line, char yes, char no, char *ret)
{
	*ret = line->p < line->end ? *line->p : '\0';
	return span_eat_char(line, yes) || span_eat_char(line, no);
}

static bool eat_rights(struct span *line, char rights[static 5])
{
	rights[4] = '\0';
	return eat_right(line, 'r', '-', &rights[0]) && eat_right(line, 'w', '-', &rights[1]) &&
	       eat_right(line, 'x', '-', &rights[2]) && eat_right(line, 'p', 's', &rights[3]);
}

static bool eat_hex(struct span *line, char end, uint64_t most, uint64_t *ret)
{
	return span_eat_number(line, 16, ret) && *ret <= most && span_eat_char(line, end);
}

/* "START-END RIGHTS OFFSET MAJOR:MINOR INODE  NAME" */
static bool eat_fields(struct span *line, struct mapping *m)
{
	uint64_t offset, major, minor;

	if (!eat_hex(line, '-', UINT64_MAX, &m->start) || !eat_hex(line, ' ', UINT64_MAX, &m->end) || m->start >= m->end ||
	    !eat_rights(line, m->rights) || !span_eat_char(line, ' ') || !eat_hex(line, ' ', UINT64_MAX, &offset) ||
	    !eat_hex(line, ':', UINT32_MAX, &major) || !eat_hex(line, ' ', UINT32_MAX, &minor) ||
	    !span_eat_number(line, 10, &m->inode) || !(span_is_empty(*line) || span_eat_char(line, ' ')))
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
