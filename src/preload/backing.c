/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells whether a file descriptor is shared memory or a file, and its name. */

#include "backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "own-call.h"
#include "sys.h"

/*
 * The kernel's names (d_path() of /proc/PID/fd): a memfd is "/memfd:NAME (deleted)", a removed file is "... (deleted)".
 */
#define MEMFD "/memfd:"
#define SHM "/dev/shm"
#define DELETED " (deleted)"

bool backing_of(int fd, struct backing *ret)
{
	char link[32];
	int saved = errno;
	size_t deleted = strlen(DELETED), len;
	long n;

	if (fd < 0)
		return false;
	sys_put_number(link, sizeof(link), "/proc/self/fd/", (unsigned)fd, "");
	n = own_call(SYS_readlinkat, AT_FDCWD, link, ret->text, sizeof(ret->text) - 1);
	errno = saved;
	if (n <= 0 || n == sizeof(ret->text) - 1 || ret->text[0] != '/')
		return false;
	ret->text[n] = '\0';
	len = (size_t)n;
	if (len > deleted && strcmp(ret->text + len - deleted, DELETED) == 0)
		ret->text[len - deleted] = '\0';
	ret->is_shm = true;
	if (strncmp(ret->text, MEMFD, strlen(MEMFD)) == 0) {
		ret->name = ret->text + strlen(MEMFD);
	} else if (strncmp(ret->text, SHM "/", strlen(SHM "/")) == 0) {
		ret->name = ret->text + strlen(SHM);
	} else {
		ret->is_shm = false;
		ret->name = ret->text;
	}
	return true;
}
