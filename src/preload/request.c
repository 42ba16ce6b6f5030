/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parameters of the program's mapping calls, and the calls that carry them out. */

#include "request.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "basic/fill.h"
#include "bind.h"
#include "real.h"

#define TMPFS 0x01021994 /* <linux/magic.h> */
#define HUGETLBFS 0x958458f6

void *request_map(const struct placement_target *t, const struct request *r)
{
	struct bind_task before;
	void *p;

	if (!(r->flags & MAP_HUGETLB))
		return real.mmap(r->p, r->size, r->prot, r->flags, r->fd, r->offset);
	bind_task(t, &before);
	p = real.mmap(r->p, r->size, r->prot, r->flags, r->fd, r->offset);
	bind_task_undo(&before);
	return p;
}

/* Private memory that is not writable is the zero page, or is in the page cache. */
int request_advice(const struct request *r)
{
	if (r->prot & PROT_WRITE)
		return MADV_POPULATE_WRITE;
	return r->prot & PROT_READ && !request_is_private(r) ? MADV_POPULATE_READ : 0;
}

static bool is_in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS || fs.f_type == HUGETLBFS);
}

size_t request_fills(const struct request *r)
{
	int saved = errno;
	struct stat st;
	size_t size = 0;

	if (!request_advice(r))
		return 0;
	if (r->flags & MAP_ANONYMOUS)
		return r->size;
	if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > r->offset &&
	    (request_is_private(r) || is_in_memory(r->fd)))
		size = (size_t)(st.st_size - r->offset);
	errno = saved;
	return size < r->size ? size : r->size;
}

void *request_fail(void *p, size_t size, int error)
{
	munmap(p, size);
	errno = error;
	return MAP_FAILED;
}
