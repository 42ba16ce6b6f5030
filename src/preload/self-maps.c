/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* /proc/self/maps, read without allocating. */

#include "self-maps.h"

#include <errno.h>
#include <fcntl.h>

#include "own-call.h"
#include "sys.h"

/* The fields before the name take up to 100 bytes; of the name only its beginning is examined. */
#define BUFFER 1024 /* small, since it is on the stack of any thread */
#define LINE 160

/* Reads by line, with neither malloc nor a cancellation point; the end of a line that is too long is ignored. */
static void scan(int fd, bool (*each)(const struct mapping *m, void *arg), void *arg)
{
	char buf[BUFFER], line[LINE];
	struct mapping m;
	struct span name;
	size_t used = 0;
	ssize_t n;

	while ((n = own_call(SYS_read, fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n') {
				if (used < sizeof(line))
					line[used++] = buf[i];
				continue;
			}
			if (maps_line_parse((struct span){ line, line + used }, &m, &name) && !each(&m, arg))
				return;
			used = 0;
		}
}

void maps_each(bool (*each)(const struct mapping *m, void *arg), void *arg)
{
	int saved = errno, fd = (int)own_call(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		scan(fd, each, arg);
		(void)own_call(SYS_close, fd);
	}
	errno = saved;
}

struct search {
	uintptr_t address;
	struct mapping *found;
	bool is_found;
};

static bool holds(const struct mapping *m, void *arg)
{
	struct search *s = arg;

	if (s->address >= m->end)
		return true;
	s->is_found = s->address >= m->start;
	if (s->is_found)
		*s->found = *m;
	return false;
}

bool maps_at(const void *p, struct mapping *ret)
{
	struct search s = { .address = (uintptr_t)p, .found = ret };

	maps_each(holds, &s);
	return s.is_found;
}
