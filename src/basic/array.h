/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Arrays that grow by one element at a time, and the place of an element in a sorted one. They have no field for their
 * capacity: they begin with room for four and double at the powers of two, so an array that grows by these macros must
 * have been empty once and must have grown by them alone.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more element after the n of v. False: out of memory, and nothing has changed. */
#define RESERVE(v, n)                                                                 \
	({                                                                            \
		__typeof__(v) room_ = (v);                                            \
		const size_t had_ = (n);                                              \
		if (had_ == 0 || (had_ >= 4 && (had_ & (had_ - 1)) == 0)) {           \
			room_ = reallocarray((v), had_ ? had_ * 2 : 4, sizeof(*(v))); \
			if (room_)                                                    \
				(v) = room_;                                          \
		}                                                                     \
		room_ != NULL;                                                        \
	})

/* Inserts a zeroed element into v, which has n, before number `at`, and returns its address. NULL: RESERVE() failed. */
#define INSERT(v, n, at)                                                           \
	({                                                                         \
		__typeof__(v) added_ = NULL;                                       \
		const size_t at_ = (at), n_ = (n);                                 \
		if (RESERVE(v, n)) {                                               \
			added_ = (v) + at_;                                        \
			memmove(added_ + 1, added_, (n_ - at_) * sizeof(*added_)); \
			memset(added_, 0, sizeof(*added_));                        \
			(n)++;                                                     \
		}                                                                  \
		added_;                                                            \
	})

/* Appends one in the same way. */
#define GROW(v, n) INSERT(v, n, n)

/*
 * The index of the first element of v, which has n, for which `is_before` does not hold, or n. `is_before` is about the
 * element `*e`, and v begins with those for which it holds.
 */
#define FIND_PLACE(v, n, e, is_before)                                 \
	({                                                             \
		size_t low_ = 0, high_ = (n);                          \
		while (low_ < high_) {                                 \
			const size_t mid_ = low_ + (high_ - low_) / 2; \
			const __typeof__(*(v)) *e = &(v)[mid_];        \
			if (is_before)                                 \
				low_ = mid_ + 1;                       \
			else                                           \
				high_ = mid_;                          \
		}                                                      \
		low_;                                                  \
	})
