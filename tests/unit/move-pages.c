/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The batches of pages that move_pages(2) is called with: which pages are in each. */

#include "check.h"

#include "basic/move-pages.h"

#include <unistd.h>

/* Batches of at most 8 pages, from page `first` up to page `end`. */
TEST(batches_end_at_multiples_of_their_size)
{
	static const struct {
		uint64_t first, end;
		size_t batches, n[4];
	} cases[] = {
		{ 0, 1, 1, { 1 } },    { 0, 8, 1, { 8 } }, { 0, 9, 2, { 8, 1 } },        { 7, 8, 1, { 1 } },
		{ 7, 9, 2, { 1, 1 } }, { 3, 5, 1, { 2 } }, { 3, 26, 4, { 5, 8, 8, 2 } }, { 16, 32, 2, { 8, 8 } },
	};
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct page_batch b = PAGE_BATCH(8);
		uint64_t at = cases[i].first * page;

		for (size_t j = 0; j < cases[i].batches; j++) {
			batch_fill(&b, at, cases[i].end * page);
			CHECK_INT(b.n, ==, cases[i].n[j]);
			for (size_t k = 0; k < b.n; k++, at += page)
				CHECK_INT((uintptr_t)b.pages[k], ==, at);
		}
		CHECK_INT(at, ==, cases[i].end * page);
	}
}

CHECK_MAIN()
