/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys.h"

/* "START-END RIGHTS OFFSET DEVICE INODE  NAME" (fs/proc/task_mmu.c, show_map_vma()); private anonymous mappings have
 * no name, or one given with prctl(2), "[anon:...]". */
#define LINE 160

static bool holds(const char *line, const void *p, const char **ret_rest)
{
	char *end;
	uintptr_t from = strtoul(line, &end, 16), to;

	if (*end != '-')
		return false;
	to = strtoul(end + 1, &end, 16);
	*ret_rest = end;
	return *end == ' ' && (uintptr_t)p >= from && (uintptr_t)p < to;
}

static bool is_private_anonymous(const char *rest)
{
	const char *inode = rest, *name;

	if (strlen(rest) < 5 || rest[4] != 'p')
		return false;
	for (int field = 0; inode && field < 3; field++)
		inode = strchr(inode + 1, ' ');
	if (!inode || strncmp(inode, " 0", 2) != 0)
		return false;
	name = inode + 2 + strspn(inode + 2, " ");
	return *name == '\0' || strncmp(name, "[anon:", 6) == 0;
}

/* Reads by line, with neither malloc nor a cancellation point; what of a line does not fit is not looked at. */
static bool scan(int fd, const void *p)
{
	char buf[4096], line[LINE];
	size_t used = 0;
	const char *rest;
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
			if (holds(line, p, &rest))
				return is_private_anonymous(rest);
		}
	return false;
}

bool maps_is_private_anonymous(const void *p)
{
	int saved = errno, fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool found = false;

	if (fd >= 0) {
		found = scan(fd, p);
		(void)syscall(SYS_close, fd);
	}
	errno = saved;
	return found;
}
