/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fills memory piece by piece under a policy that spills, and looks after each piece whether it is on its nodes. */

#include "fill.h"

#include "move-pages.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* This is on the stack of a thread, which may be small. */
#define BATCH 128

/*
 * move_pages(2) without nodes tells where pages are. A page that has been taken away again already counts as missing.
 */
static int look(pid_t pid, void *p, size_t size, const struct nodeset *nodes, size_t *ret_missing, size_t *ret_elsewhere)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int saved = errno, status[BATCH], r = 0;
	void *pages[BATCH];

	*ret_missing = *ret_elsewhere = 0;
	for (char *at = p, *end = at + size; at < end && r >= 0;) {
		size_t n = 0;

		for (; n < BATCH && at < end; at += page)
			pages[n++] = at;
		r = (int)move_pages_of(pid, n, pages, NULL, status);
		for (size_t i = 0; i < n && r >= 0; i++)
			if (status[i] < 0)
				*ret_missing += page;
			else if (!nodeset_has(nodes, status[i]))
				*ret_elsewhere += page;
	}
	errno = saved;
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
