/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * mremap(2) of a range that is several mappings, one after the other. The kernel refuses that (EFAULT; mm/mremap.c,
 * vma_to_resize()), and a rule that binds a part of a range has made several of what would be one. They cannot be made
 * one again: pages that were touched under different policies have different anon_vmas (mm/mmap.c,
 * find_mergeable_anon_vma()). So each is moved by a call of its own, the last one first: it is the one that grows, and
 * where that fails nothing has changed. The others, which are moved as they are, ask for nothing more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A system call. */
struct pieces_call {
	long nr;
	uint64_t args[6];
};

struct pieces {
	uint64_t from, old_size, size, to;
	bool may_move, is_fixed;
	uint64_t left;  /* so much of it is still at its old place */
	int64_t result; /* the new address, or a negative errno */
	enum {
		PIECES_CUT,  /* what a smaller size leaves out */
		PIECES_GROW, /* where it is */
		PIECES_ROOM, /* a place for all of it */
		PIECES_MOVE,
		PIECES_LEAVE, /* that place again, since the first move has failed */
		PIECES_OVER,
	} step;
};

/* Where the mapping with this address in it begins; 0: there is none, or it cannot be told. */
typedef uint64_t pieces_start_of(void *arg, uint64_t at);

/* From mremap(2)'s arguments. False: this call is none that pieces could be moved for. */
bool pieces_begin(struct pieces *p, const uint64_t args[5], uint64_t page);

/* The next call. False: it is over, p->result is what mremap(2) returns. */
bool pieces_next(struct pieces *p, pieces_start_of *start_of, void *arg, struct pieces_call *ret);

/* What that call returned: its result, or a negative errno. */
void pieces_made(struct pieces *p, int64_t result);
