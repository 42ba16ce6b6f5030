/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Free pieces of a devdax mapping, compared with a simple model. */

#include "check.h"

#include "libcdm/api/extents.h"

#include <errno.h>

TEST(extents_take_uses_the_first_free_piece_that_fits)
{
	_cleanup_extents_ struct extents e = EXTENTS_NONE;
	uint64_t a, b, c, d;

	CHECK_INT(extents_init(&e, 100), ==, 0);
	CHECK(extents_take(&e, 10, 1, &a) == 0 && a == 0);
	CHECK(extents_take(&e, 20, 1, &b) == 0 && b == 10);
	CHECK(extents_take(&e, 70, 1, &c) == 0 && c == 30);
	CHECK_INT(extents_take(&e, 1, 1, &d), ==, -ENOSPC);
	CHECK_INT(e.n, ==, 0);
	CHECK_INT(extents_give(&e, b, 20), ==, 0);
	CHECK_INT(extents_take(&e, 21, 1, &d), ==, -ENOSPC);
	CHECK(extents_take(&e, 5, 1, &d) == 0 && d == 10);
}

TEST(the_gap_before_an_aligned_block_stays_free)
{
	_cleanup_extents_ struct extents e = EXTENTS_NONE;
	uint64_t a, b, c;

	CHECK_INT(extents_init(&e, 100), ==, 0);
	CHECK(extents_take(&e, 1, 1, &a) == 0 && a == 0);
	CHECK(extents_take(&e, 10, 32, &b) == 0 && b == 32);
	CHECK(extents_take(&e, 31, 1, &c) == 0 && c == 1);
	CHECK_INT(extents_take(&e, 1, 64, &c), ==, 0);
	CHECK_INT(c, ==, 64);
	CHECK_INT(extents_take(&e, 1, 128, &c), ==, -ENOSPC);
}

TEST(giving_back_what_was_not_taken_is_refused)
{
	_cleanup_extents_ struct extents e = EXTENTS_NONE;
	uint64_t a;

	CHECK_INT(extents_init(&e, 100), ==, 0);
	CHECK_INT(extents_give(&e, 0, 10), ==, -EINVAL);
	CHECK_INT(extents_take(&e, 10, 1, &a), ==, 0);
	CHECK_INT(extents_give(&e, 5, 10), ==, -EINVAL);
	CHECK_INT(extents_give(&e, 0, 0), ==, -EINVAL);
	CHECK_INT(extents_give(&e, 0, 10), ==, 0);
	CHECK_INT(extents_give(&e, 0, 10), ==, -EINVAL);
	CHECK(e.n == 1 && e.v[0].offset == 0 && e.v[0].size == 100 && e.blocks == 0);
}

#define SIZE 512

/* The model is one byte per unit: blocks never overlap, and every free unit can be found. */
TEST(random_blocks_never_overlap_and_free_space_is_found)
{
	_cleanup_extents_ struct extents e = EXTENTS_NONE;
	struct extent held[SIZE];
	unsigned char used[SIZE] = { 0 };
	size_t n = 0;

	srand(7);
	CHECK_INT(extents_init(&e, SIZE), ==, 0);
	for (int round = 0; round < 20000; round++) {
		uint64_t size = (uint64_t)rand() % 24 + 1, align = UINT64_C(1) << (rand() % 5), at = 0, sum = 0;

		if (rand() % 2 && n > 0) {
			struct extent x = held[at = (uint64_t)rand() % n];

			held[at] = held[--n];
			CHECK_INT(extents_give(&e, x.offset, x.size), ==, 0);
			memset(used + x.offset, 0, x.size);
		} else if (extents_take(&e, size, align, &at) == 0) {
			CHECK(at % align == 0 && at + size <= SIZE);
			for (uint64_t i = at; i < at + size; i++)
				CHECK_INT(used[i]++, ==, 0);
			held[n++] = (struct extent){ at, size };
		} else {
			for (uint64_t i = 0, free_run = 0; align == 1 && i < SIZE; i++) {
				free_run = used[i] ? 0 : free_run + 1;
				CHECK_INT(free_run, <, size);
			}
		}
		for (size_t i = 0; i < e.n; i++) {
			sum += e.v[i].size;
			CHECK(i == 0 || e.v[i - 1].offset + e.v[i - 1].size < e.v[i].offset);
		}
		for (size_t i = 0; i < SIZE; i++)
			sum += used[i];
		CHECK_INT(sum, ==, SIZE);
	}
}

CHECK_MAIN()
