/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The calls that move a range of several mappings, answered by a model of the kernel. */

#include "check.h"

#include "basic/cleanup.h"
#include "placement/pieces.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE 4096UL
#define AT (100 * PAGE)
#define TO (900 * PAGE)
#define NOTHING UINT64_MAX

/* Three mappings side by side, of 2, 1 and 3 pages. */
static uint64_t start_of(void *unused, uint64_t at)
{
	(void)unused;
	return at < AT            ? 0 :
	       at < AT + 2 * PAGE ? AT :
	       at < AT + 3 * PAGE ? AT + 2 * PAGE :
	       at < AT + 6 * PAGE ? AT + 3 * PAGE :
				    0;
}

/* Returns the calls as text: "grow 3,3,5 room 8 move 3,3,5@3 ...", in pages; call number `fails` fails (0: none). */
static const char *run(uint64_t pages, uint64_t new_pages, int flags, int fails, int64_t *ret)
{
	const uint64_t args[] = { AT, pages * PAGE, new_pages * PAGE, (uint64_t)flags, flags & MREMAP_FIXED ? TO : NOTHING };
	static char text[256];
	struct pieces_call call;
	struct pieces p;

	*text = '\0';
	*ret = -1000;
	if (!pieces_begin(&p, args, PAGE))
		return "none";
	for (int n = 1; pieces_next(&p, start_of, NULL, &call); n++) {
		const uint64_t *a = call.args;
		const bool moves = call.nr == SYS_mremap && a[3];
		const size_t len = strlen(text), room = sizeof(text) - len;
		char *end = text + len;
		int64_t result = call.nr == SYS_mmap   ? (int64_t)TO :
				 call.nr == SYS_munmap ? 0 :
							 (int64_t)(moves ? a[4] : a[0]);

		if (call.nr == SYS_mmap)
			snprintf(end, room, "room %d ", (int)(a[1] / PAGE));
		else if (call.nr == SYS_munmap)
			snprintf(end, room, "%s %d ", a[0] == TO ? "leave" : "cut", (int)(a[1] / PAGE));
		else
			snprintf(end, room, moves ? "move %d,%d,%d@%d " : "grow %d,%d,%d ", (int)((a[0] - AT) / PAGE),
				 (int)(a[1] / PAGE), (int)(a[2] / PAGE), (int)((a[4] - TO) / PAGE));
		pieces_made(&p, n == fails ? -ENOMEM : result);
	}
	*ret = p.result;
	return text;
}

TEST(the_pieces_are_moved_one_by_one_the_last_one_first)
{
	static const struct {
		uint64_t pages, new_pages;
		int flags, fails;
		const char *calls;
		int64_t result;
	} cases[] = {
		{ 6, 8, MREMAP_MAYMOVE, 0, "grow 3,3,5 ", AT },
		{ 6, 8, 0, 0, "grow 3,3,5 ", AT },
		{ 6, 8, 0, 1, "grow 3,3,5 ", -ENOMEM },
		{ 6, 8, MREMAP_MAYMOVE, 1, "grow 3,3,5 room 8 move 3,3,5@3 move 2,1,1@2 move 0,2,2@0 ", TO },
		{ 6, 8, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "move 3,3,5@3 move 2,1,1@2 move 0,2,2@0 ", TO },
		{ 6, 6, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "move 3,3,3@3 move 2,1,1@2 move 0,2,2@0 ", TO },
		{ 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "move 3,1,1@3 move 2,1,1@2 move 0,2,2@0 ", TO },
		{ 6, 3, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "cut 3 move 2,1,1@2 move 0,2,2@0 ", TO },
		{ 6, 1, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "cut 5 move 0,1,1@0 ", TO },
		{ 6, 8, MREMAP_MAYMOVE | MREMAP_FIXED, 1, "move 3,3,5@3 ", -ENOMEM },
		/* left to the kernel */
		{ 6, 6, MREMAP_MAYMOVE, 0, "none", -1000 },
		{ 6, 3, 0, 0, "none", -1000 },
		{ 6, 8, MREMAP_FIXED, 0, "none", -1000 },
		{ 6, 6, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0, "none", -1000 },
		{ 0, 6, MREMAP_MAYMOVE, 0, "none", -1000 },
		{ 6, 0, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "none", -1000 },
		{ 900, 900, MREMAP_MAYMOVE | MREMAP_FIXED, 0, "none", -1000 },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		int64_t result;

		CHECK_STR(run(cases[i].pages, cases[i].new_pages, cases[i].flags, cases[i].fails, &result), cases[i].calls);
		CHECK_INT(result, ==, cases[i].result);
	}
}

/* If the new room exists but the growth in it fails, the room is given back. */
TEST(after_a_failed_growth_the_new_room_is_unmapped)
{
	const uint64_t args[] = { AT, 6 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, 0 };
	const int64_t results[] = { -ENOMEM, (int64_t)TO, -EAGAIN, 0 };
	struct pieces_call call;
	struct pieces p;
	size_t n = 0;

	CHECK(pieces_begin(&p, args, PAGE));
	for (; n < ELEMENTSOF(results) && pieces_next(&p, start_of, NULL, &call); n++)
		pieces_made(&p, results[n]);
	CHECK_INT(n, ==, 4);
	CHECK_INT(call.nr, ==, SYS_munmap);
	CHECK_INT(call.args[0], ==, TO);
	CHECK_INT(call.args[1], ==, 8 * PAGE);
	CHECK(!pieces_next(&p, start_of, NULL, &call));
	CHECK_INT(p.result, ==, -EAGAIN);
}

CHECK_MAIN()
