/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * mremap(2) of a range that is several mappings, one after the other. The kernel refuses that (EFAULT; mm/mremap.c,
 * vma_to_resize()), and a rule that binds a part of a range turns one mapping into several. They cannot be merged
 * again: pages that were touched under different policies have different anon_vmas (mm/mmap.c,
 * find_mergeable_anon_vma()). So each is moved by its own call, the last one first: only that one grows, and if that
 * fails, nothing has changed. The others keep their sizes and need no further memory.
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
	uint64_t left;  /* how much of it is still at its old place */
	int64_t result; /* the new address, or a negative errno */
	enum {
		PIECES_CUT,  /* unmap what a smaller size leaves out */
		PIECES_GROW, /* grow in place */
		PIECES_ROOM, /* find a place for all of it */
		PIECES_MOVE,
		PIECES_LEAVE, /* unmap that place again, since the first move has failed */
		PIECES_OVER,
	} step;
};

/* Returns the start of the mapping that contains this address, or 0 if there is none, or it cannot be told. */
typedef uint64_t pieces_start_of(void *arg, uint64_t at);

/* Starts with mremap(2)'s arguments. Returns false if the call is not one that can be made in pieces. */
bool pieces_begin(struct pieces *p, const uint64_t args[5], uint64_t page);

/* Returns the next call in *ret. Returns false at the end; p->result is then what mremap(2) returns. */
bool pieces_next(struct pieces *p, pieces_start_of *start_of, void *arg, struct pieces_call *ret);

/* Takes what that call returned: its result, or a negative errno. */
void pieces_made(struct pieces *p, int64_t result);
