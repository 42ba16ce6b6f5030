/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How much room a target's nodes have, from their meminfo. */

#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "basic/fill.h"
#include "basic/meminfo-field.h"
#include "own-call.h"
#include "sys.h"

/* Reads MemFree, which is among the first lines. Returns false if it cannot be read. */
static bool free_on(int node, uint64_t *ret)
{
	char path[64], text[512];
	ssize_t n = -1;
	int fd;

	sys_put_number(path, sizeof(path), "/sys/devices/system/node/node", (unsigned)node, "/meminfo");
	fd = (int)own_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = own_call(SYS_read, fd, text, sizeof(text) - 1);
		(void)own_call(SYS_close, fd);
	}
	if (n <= 0)
		return false;
	text[n] = '\0';
	return meminfo_field(text, "MemFree", ret) == 0;
}

bool room_for(const struct nodeset *nodes, size_t size)
{
	int saved = errno;
	uint64_t sum = 0;
	bool known = false;

	if (size <= FILL_PIECE)
		return true;
	NODESET_FOREACH(node, nodes) {
		uint64_t bytes = 0;

		known = free_on(node, &bytes) || known;
		sum += bytes;
	}
	errno = saved;
	return !known || size <= sum;
}

size_t room_missing(const void *p, size_t size)
{
	const size_t page = (size_t)getpagesize();
	int saved = errno;
	unsigned char there[256];
	size_t missing = 0;

	for (size_t at = 0; at < size; at += sizeof(there) * page) {
		size_t pages = (size - at + page - 1) / page;

		pages = pages < sizeof(there) ? pages : sizeof(there);
		if (mincore((char *)(uintptr_t)p + at, pages * page, there) < 0)
			memset(there, 0, pages);
		for (size_t i = 0; i < pages; i++)
			missing += there[i] & 1 ? 0 : page;
	}
	errno = saved;
	return missing;
}
