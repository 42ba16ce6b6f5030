/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The calls that move a range of several mappings. */

#include "pieces.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define CALL(number, ...) ((struct pieces_call){ .nr = (number), .args = { __VA_ARGS__ } })
#define RESERVED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

bool pieces_begin(struct pieces *p, const uint64_t args[5], uint64_t page)
{
	const uint64_t flags = args[3];

	*p = (struct pieces){
		.from = args[0],
		.old_size = (args[1] + page - 1) & ~(page - 1),
		.size = (args[2] + page - 1) & ~(page - 1),
		.may_move = flags & MREMAP_MAYMOVE,
		.is_fixed = flags & MREMAP_FIXED,
		.to = flags & MREMAP_FIXED ? args[4] : 0,
	};
	if ((flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) || (p->is_fixed && !p->may_move) || p->from % page ||
	    p->to % page || p->old_size < args[1] || p->size < args[2] || !p->old_size || !p->size ||
	    p->from + p->old_size < p->from || p->to + p->size < p->to)
		return false;
	if (p->is_fixed ? overlaps(p->from, p->old_size, p->to, p->size) : p->size <= p->old_size)
		return false;
	p->left = p->size < p->old_size ? p->size : p->old_size;
	p->step = !p->is_fixed ? PIECES_GROW : p->size < p->old_size ? PIECES_CUT : PIECES_MOVE;
	return true;
}

static bool end(struct pieces *p, int64_t result)
{
	p->step = PIECES_OVER;
	p->result = result;
	return false;
}

bool pieces_next(struct pieces *p, pieces_start_of *start_of, void *arg, struct pieces_call *ret)
{
	/* the first piece moved also gets the room after it */
	const uint64_t stop = p->left == p->old_size ? p->size : p->left;
	uint64_t start;

	switch (p->step) {
	case PIECES_CUT:
		*ret = CALL(SYS_munmap, p->from + p->size, p->old_size - p->size);
		return true;
	case PIECES_ROOM:
		*ret = CALL(SYS_mmap, 0, p->size, PROT_NONE, RESERVED, (uint64_t)-1, 0);
		return true;
	case PIECES_LEAVE:
		*ret = CALL(SYS_munmap, p->to, p->size);
		return true;
	case PIECES_OVER:
		return false;
	default:
		break;
	}
	start = start_of(arg, p->from + p->left - 1);
	if (!start)
		return end(p, -EFAULT);
	if (start < p->from)
		start = p->from;
	if (p->step == PIECES_GROW)
		*ret = CALL(SYS_mremap, start, p->from + p->left - start, p->from + p->size - start, 0);
	else
		*ret = CALL(SYS_mremap, start, p->from + p->left - start, p->from + stop - start,
			    MREMAP_MAYMOVE | MREMAP_FIXED, p->to + start - p->from);
	return true;
}

static void moved(struct pieces *p, int64_t result)
{
	const bool is_first = p->left == p->old_size;

	if (result < 0) {
		(void)end(p, result);
		if (is_first && !p->is_fixed)
			p->step = PIECES_LEAVE;
		return;
	}
	p->left = (uint64_t)result - p->to;
	if (p->left == 0)
		(void)end(p, (int64_t)p->to);
}

void pieces_made(struct pieces *p, int64_t result)
{
	switch (p->step) {
	case PIECES_CUT:
		p->step = PIECES_MOVE;
		p->old_size = p->size;
		if (result < 0)
			(void)end(p, result);
		break;
	case PIECES_GROW:
		p->step = PIECES_ROOM;
		if (result >= 0)
			(void)end(p, (int64_t)p->from);
		else if (!p->may_move)
			(void)end(p, result);
		break;
	case PIECES_ROOM:
		p->step = PIECES_MOVE;
		p->to = (uint64_t)result;
		if (result < 0)
			(void)end(p, result);
		break;
	case PIECES_MOVE:
		moved(p, result);
		break;
	default:
		p->step = PIECES_OVER;
	}
}
