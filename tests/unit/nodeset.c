/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sets of nodes: parsed, written and combined as the kernel does it. */

#include "basic/nodeset.h"
#include "check.h"

#include <errno.h>

TEST(nodeset_parse_reads_the_kernels_lists)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
		{ "", "" },
		{ "\n", "" },
		{ "0", "0" },
		{ "0\n", "0" },
		{ "0-3,7", "0-3,7" },
		{ "1,2,3", "1-3" },
		{ "250-255", "250-255" },
		{ " 4-7 ", "4-7" },
		{ "3,1", "1,3" },
		{ "1023", "1023" },
		{ "63-64", "63-64" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nodeset s;

		CHECK_INT(nodeset_parse(cases[i].text, &s), ==, 0);
		CHECK_STR(NODESET_STR(&s), cases[i].normal);
	}
}

TEST(nodeset_parse_refuses_invalid_lists)
{
	static const char *const cases[] = { "x", "1-", "-1", "3-1", "1,", ",1", "1,,2", "1 2", "1-2-3", "0x1", "+1" };
	struct nodeset s = nodeset_of(9);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (nodeset_parse(cases[i], &s) != -EINVAL)
			CHECK_FAIL("\"%s\" was accepted", cases[i]);
	CHECK_INT(nodeset_parse("1024", &s), ==, -ERANGE);
	CHECK_INT(nodeset_parse("99999999999999999999", &s), ==, -ERANGE);
	CHECK_STR(NODESET_STR(&s), "9");
}

TEST(the_longest_list_survives_a_round_trip)
{
	struct nodeset s = NODESET_EMPTY, back;

	for (int n = 0; n < NODESET_MAX; n++)
		if (n % 3 != 2)
			nodeset_add(&s, n);
	CHECK_INT(nodeset_parse(NODESET_STR(&s), &back), ==, 0);
	CHECK(nodeset_equal(&s, &back));
}

TEST(set_operations_give_the_right_sets)
{
	struct nodeset a, b, r;

	CHECK_INT(nodeset_parse("0-3,250", &a), ==, 0);
	CHECK_INT(nodeset_parse("2-5", &b), ==, 0);
	r = nodeset_or(&a, &b);
	CHECK_STR(NODESET_STR(&r), "0-5,250");
	r = nodeset_and(&a, &b);
	CHECK_STR(NODESET_STR(&r), "2-3");
	r = nodeset_minus(&a, &b);
	CHECK_STR(NODESET_STR(&r), "0-1,250");
	CHECK_INT(nodeset_count(&a), ==, 5);
	CHECK(nodeset_intersects(&a, &b));
	CHECK(nodeset_subset(&r, &a));
	CHECK(!nodeset_subset(&a, &b));
	CHECK_INT(nodeset_next(&a, 4), ==, 250);
	CHECK_INT(nodeset_next(&a, 251), ==, -1);
	CHECK(!nodeset_has(&a, -1));
	CHECK(!nodeset_has(&a, NODESET_MAX));
}

CHECK_MAIN()
