/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Arrays that grow by one element at a time. */

#include <stdlib.h>
#include <string.h>

/* Appends one zeroed element to v, which has n of them. NULL: out of memory, and nothing has changed. */
#define GROW(v, n)                                                               \
	({                                                                       \
		__typeof__(v) grown_ = reallocarray((v), (n) + 1, sizeof(*(v))); \
		if (grown_) {                                                    \
			(v) = grown_;                                            \
			memset(&grown_[(n)], 0, sizeof(*grown_));                \
			grown_ += (n)++;                                         \
		}                                                                \
		grown_;                                                          \
	})
