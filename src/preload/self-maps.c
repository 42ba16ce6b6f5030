/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* /proc/self/maps, read without allocating. */

#include "self-maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "sys.h"

/*
 * "START-END RIGHTS OFFSET DEVICE INODE  NAME" (fs/proc/task_mmu.c, show_map_vma()). A private anonymous mapping has no
 * name, or one given with prctl(2), "[anon:...]".
 */
#define LINE 160

static const char *field(const char *at, unsigned n)
{
	while (at && n--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at;
}

static bool parse(const char *line, struct mapping *ret)
{
	const char *rights = field(line, 1), *device = field(line, 3), *inode = field(line, 4), *name;
	unsigned major;
	char *end;

	if (!inode || strnlen(rights, 4) < 4)
		return false;
	ret->start = strtoul(line, &end, 16);
	ret->end = strtoul(end + 1, &end, 16);
	major = (unsigned)strtoul(device, &end, 16);
	ret->device = makedev(major, (unsigned)strtoul(end + 1, &end, 16));
	ret->inode = strtoul(inode, &end, 10);
	name = end + strspn(end, " ");
	memcpy(ret->rights, rights, sizeof(ret->rights));
	ret->is_exec = rights[2] == 'x';
	ret->is_private_anonymous = rights[3] == 'p' && ret->inode == 0 && (!*name || strncmp(name, "[anon:", 6) == 0);
	return true;
}

/* Reads by line, with neither malloc nor a cancellation point; the end of a line that is too long is ignored. */
static void scan(int fd, bool (*each)(const struct mapping *m, void *arg), void *arg)
{
	char buf[4096], line[LINE];
	struct mapping m;
	size_t used = 0;
	ssize_t n;

	while ((n = syscall(SYS_read, fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n') {
				if (used < sizeof(line) - 1)
					line[used++] = buf[i];
				continue;
			}
			line[used] = '\0';
			used = 0;
			if (parse(line, &m) && !each(&m, arg))
				return;
		}
}

void maps_each(bool (*each)(const struct mapping *m, void *arg), void *arg)
{
	int saved = errno, fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		scan(fd, each, arg);
		(void)syscall(SYS_close, fd);
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
