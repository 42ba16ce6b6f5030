/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fills memory piece by piece under a policy that spills, and looks after each piece whether it is on its nodes. */

#include "fill.h"

#include "move-pages.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Batches are on the stack of a thread, which may be small. */
#define BATCH 64

/* Counts bytes without a page, and on other nodes. A page that has been taken away again already counts as missing. */
static int look(pid_t pid, void *p, size_t size, const struct nodeset *nodes, size_t *ret_missing, size_t *ret_elsewhere)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const uint64_t end = (uintptr_t)p + size;
	struct page_batch b = PAGE_BATCH(BATCH);
	int r = 0;

	*ret_missing = *ret_elsewhere = 0;
	for (uint64_t at = (uintptr_t)p; at < end && r >= 0; at += b.n * page) {
		batch_fill(&b, at, end);
		r = batch_look(&b, pid);
		for (size_t i = 0; i < b.n && r >= 0; i++)
			if (b.status[i] < 0)
				*ret_missing += page;
			else if (!nodeset_has(nodes, b.status[i]))
				*ret_elsewhere += page;
	}
	return r;
}

int fill_look(pid_t pid, void *p, size_t size, const struct nodeset *nodes)
{
	size_t missing, elsewhere;
	int r = look(pid, p, size, nodes, &missing, &elsewhere);

	return r < 0 ? r : missing || elsewhere ? -ENOMEM : 0;
}

int fill_missing(pid_t pid, void *p, size_t size, size_t *ret)
{
	size_t elsewhere;

	return look(pid, p, size, &NODESET_EMPTY, ret, &elsewhere);
}

static int fill_piece(char *p, size_t size, int advice, const struct nodeset *nodes)
{
	int r;

	/*
	 * A signal that does not kill may end it early, and it then continues where it was (faultin_page_range(),
	 * mm/gup.c).
	 */
	do
		r = madvise(p, size, advice) < 0 ? -errno : 0;
	while (r == -EINTR);
	return r < 0 ? r : fill_look(0, p, size, nodes);
}

int fill_pages(void *p, size_t size, int advice, const struct nodeset *nodes)
{
	int saved = errno, r = 0;

	for (size_t done = 0; done < size && r >= 0; done += FILL_PIECE)
		r = fill_piece((char *)p + done, size - done < FILL_PIECE ? size - done : FILL_PIECE, advice, nodes);
	errno = saved;
	return r;
}
