/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes lines of /proc/PID/maps: an accepted line, written again, is accepted and means the same. */

#include "basic/maps-line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, (const char *)data + size }, name, name2;
	struct mapping m, again;
	char *text = NULL;
	int n;

	if (!maps_line_parse(line, &m, &name))
		return 0;
	if (m.start >= m.end || strlen(m.rights) != 4 || name.p > name.end || name.p < line.p || name.end != line.end)
		abort();
	n = asprintf(&text, "%" PRIx64 "-%" PRIx64 " %s 0 %x:%x %" PRIu64 "  %.*s", m.start, m.end, m.rights,
		     major(m.device), minor(m.device), m.inode, (int)(name.end - name.p), name.p);
	if (n < 0 || !maps_line_parse((struct span){ text, text + n }, &again, &name2) || again.start != m.start ||
	    again.end != m.end || strcmp(again.rights, m.rights) != 0 || again.device != m.device ||
	    again.inode != m.inode || again.is_heap != m.is_heap ||
	    again.is_private_anonymous != m.is_private_anonymous || name2.end - name2.p != name.end - name.p)
		abort();
	free(text);
	return 0;
}
