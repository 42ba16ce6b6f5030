/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Arrays that grow by one element at a time. They have no field for their capacity: they double at the powers of two,
 * so an array that grows by these macros must have been empty once and must have grown by them alone.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more element after the n of v. False: out of memory, and nothing has changed. */
#define RESERVE(v, n)                                                                 \
	({                                                                            \
		__typeof__(v) room_ = (v);                                            \
		const size_t had_ = (n);                                              \
		if ((had_ & (had_ - 1)) == 0) {                                       \
			room_ = reallocarray((v), had_ ? had_ * 2 : 1, sizeof(*(v))); \
			if (room_)                                                    \
				(v) = room_;                                          \
		}                                                                     \
		room_ != NULL;                                                        \
	})

/* Inserts a zeroed element into v, which has n, before number `at`, and returns its address. NULL: RESERVE() failed. */
#define INSERT(v, n, at)                                                          \
	({                                                                        \
		__typeof__(v) added_ = NULL;                                      \
		const size_t at_ = (at);                                          \
		if (RESERVE(v, n)) {                                              \
			added_ = (v) + at_;                                       \
			memmove(added_ + 1, added_, ((n)-at_) * sizeof(*added_)); \
			memset(added_, 0, sizeof(*added_));                       \
			(n)++;                                                    \
		}                                                                 \
		added_;                                                           \
	})

/* Appends one in the same way. */
#define GROW(v, n) INSERT(v, n, n)
