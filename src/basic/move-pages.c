/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* move_pages(2), and batches of pages for it. */

#include "move-pages.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

long move_pages_of(pid_t pid, size_t n, void *const *pages, const int *nodes, int *status)
{
	int saved = errno;
	long r = syscall(SYS_move_pages, pid, n, pages, nodes, status, nodes ? MPOL_MF_MOVE : 0);

	r = r < 0 ? -errno : r;
	errno = saved;
	return r;
}

void batch_fill(struct page_batch *b, uint64_t at, uint64_t end)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	b->n = 0;
	do {
		b->pages[b->n++] = (void *)(uintptr_t)at;
		at += page;
	} while (at < end && at / page % b->most != 0);
}

int batch_look(struct page_batch *b, pid_t pid)
{
	return (int)move_pages_of(pid, b->n, b->pages, NULL, b->status);
}
