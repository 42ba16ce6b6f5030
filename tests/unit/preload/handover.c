/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "basic/cleanup.h"
#include "../check.h"
#include "preload/handover.h"
#include "preload/rules.h"

#define HEAD "1;mode=prefer;nodes=0"

TEST(well_formed)
{
	static const char *const texts[] = {
		"1;mode=prefer;nodes=0",
		"1;mode=bind;nodes=0-3,250-255,1023;+malloc,1048576,18446744073709551615",
		"1;mode=interleave;nodes=1;-anon,0,0;+anon,1,2;+malloc,3,4",
		"1;mode=weighted;nodes=1-2;-malloc,18446744073709551615,18446744073709551615",
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_free_ char *again = NULL;
		struct handover h;

		CHECK_INT(handover_parse(texts[i], &h), ==, 0);
		CHECK_INT(handover_format(&h, &again), ==, 0);
		CHECK_STR(again, texts[i]);
	}
}

TEST(fields)
{
	struct handover h;

	CHECK_INT(handover_parse("1;mode=weighted;nodes=2,255;-anon,7,9;+malloc,1,18446744073709551615", &h), ==, 0);
	CHECK_INT(h.mode, ==, HANDOVER_WEIGHTED);
	CHECK_INT(nodeset_count(&h.nodes), ==, 2);
	CHECK(nodeset_has(&h.nodes, 2) && nodeset_has(&h.nodes, 255));
	CHECK_INT(h.n_rules, ==, 2);
	CHECK(h.rules[0].kind == HANDOVER_ANON && !h.rules[0].allow && h.rules[0].min == 7 && h.rules[0].max == 9);
	CHECK(h.rules[1].kind == HANDOVER_MALLOC && h.rules[1].allow && h.rules[1].min == 1);
	CHECK(h.rules[1].max == HANDOVER_NO_LIMIT);
}

TEST(malformed)
{
	static const char *const texts[] = {
		"",
		"1",
		"1;",
		"2;mode=prefer;nodes=0",
		"1;mode=prefer",
		"1;nodes=0;mode=prefer",
		" " HEAD,
		HEAD " ",
		HEAD ";",
		"1;mode=;nodes=0",
		"1;mode=pref;nodes=0",
		"1;mode=prefers;nodes=0",
		"1;mode=prefer;nodes=",
		"1;mode=prefer;nodes=x",
		"1;mode=prefer;nodes= 0",
		"1;mode=prefer;nodes=1024",
		"1;mode=prefer;nodes=3-1",
		"1;mode=prefer;nodes=0,",
		"1;mode=prefer;nodes=-1",
		HEAD ";malloc,1,2",
		HEAD ";+malloc",
		HEAD ";+malloc,1",
		HEAD ";+malloc,1,",
		HEAD ";+malloc,,1",
		HEAD ";+malloc,2,1",
		HEAD ";+malloc,1,2,3",
		HEAD ";+file,1,2",
		HEAD ";+mallocs,1,2",
		HEAD ";+,1,2",
		HEAD ";+malloc,-1,2",
		HEAD ";+malloc,0x1,2",
		HEAD ";+malloc,1K,2K",
		HEAD ";+malloc,1,18446744073709551616",
		HEAD ";+malloc,1,99999999999999999999999",
		HEAD ";;+malloc,1,2",
		HEAD ";+malloc,1,2;",
		HEAD ";+malloc,1,2\n",
		HEAD ";*malloc,1,2",
		HEAD ";+malloc;1;2",
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		struct handover h = { .n_rules = 77 };
		int r = handover_parse(texts[i], &h);

		if (r >= 0 || h.n_rules != 77)
			printf("# taken for a plan: \"%s\"\n", texts[i]);
		CHECK_INT(r, ==, -EINVAL);
		CHECK_INT(h.n_rules, ==, 77);
	}
}

static void repeat(char *text, const char *head, const char *rule, unsigned n)
{
	char *end = stpcpy(text, head);

	while (n--)
		end = stpcpy(end, rule);
}

TEST(limits)
{
	static char text[NODESET_STRLEN * 4];
	_cleanup_free_ char *again = NULL;
	struct handover h;

	repeat(text, HEAD, ";+malloc,1,2", HANDOVER_RULES);
	CHECK_INT(handover_parse(text, &h), ==, 0);
	CHECK_INT(h.n_rules, ==, HANDOVER_RULES);
	repeat(text, HEAD, ";+malloc,1,2", HANDOVER_RULES + 1);
	CHECK_INT(handover_parse(text, &h), ==, -E2BIG);
	repeat(text, HEAD, ",0", NODESET_STRLEN);
	CHECK_INT(handover_parse(text, &h), ==, -EINVAL);

	/* the longest list of nodes that there is */
	h = (struct handover){ .mode = HANDOVER_BIND };
	for (int node = 0; node < NODESET_MAX; node += 3) {
		nodeset_add(&h.nodes, node);
		nodeset_add(&h.nodes, node + 1);
	}
	CHECK_INT(handover_format(&h, &again), ==, 0);
	struct handover back;
	CHECK_INT(handover_parse(again, &back), ==, 0);
	CHECK(nodeset_equal(&h.nodes, &back.nodes));
}

TEST(format_refuses)
{
	struct handover h = { .nodes = nodeset_of(1), .n_rules = 1, .rules = { { HANDOVER_MALLOC, true, 2, 1 } } };
	char *text = NULL;

	CHECK_INT(handover_format(&h, &text), ==, -EINVAL);
	h.rules[0].max = 2;
	h.nodes = NODESET_EMPTY;
	CHECK_INT(handover_format(&h, &text), ==, -EINVAL);
	h.nodes = nodeset_of(1);
	h.mode = HANDOVER_MODES;
	CHECK_INT(handover_format(&h, &text), ==, -EINVAL);
	h.mode = HANDOVER_BIND;
	h.n_rules = HANDOVER_RULES + 1;
	CHECK_INT(handover_format(&h, &text), ==, -EINVAL);
	CHECK(text == NULL);
}

TEST(first_match_decides)
{
	struct handover h;

	CHECK_INT(handover_parse(HEAD ";-malloc,100,199;+malloc,50,149;-malloc,0,60;+malloc,300,"
				      "18446744073709551615",
				 &h),
		  ==, 0);
	CHECK(!rules_allow(&h, HANDOVER_MALLOC, 49));
	CHECK(rules_allow(&h, HANDOVER_MALLOC, 50));
	CHECK(rules_allow(&h, HANDOVER_MALLOC, 99));
	CHECK(!rules_allow(&h, HANDOVER_MALLOC, 100));
	CHECK(!rules_allow(&h, HANDOVER_MALLOC, 149));
	CHECK(!rules_allow(&h, HANDOVER_MALLOC, 200));
	CHECK(rules_allow(&h, HANDOVER_MALLOC, 300));
	CHECK(rules_allow(&h, HANDOVER_MALLOC, UINT64_MAX));
	CHECK(!rules_allow(&h, HANDOVER_ANON, 50));
}

TEST(smallest)
{
	static const struct {
		const char *rules;
		uint64_t malloc, anon;
	} cases[] = {
		{ "", UINT64_MAX, UINT64_MAX },
		{ ";+malloc,0,5", 0, UINT64_MAX },
		{ ";+malloc,4096,8192;+malloc,64,70;+anon,7,9", 64, 7 },
		{ ";-malloc,0,99;+malloc,0,1000", 100, UINT64_MAX },
		{ ";-malloc,50,150;+malloc,100,120;+malloc,140,200", 151, UINT64_MAX },
		{ ";-malloc,0,1000;+malloc,5,1000", UINT64_MAX, UINT64_MAX },
		{ ";-anon,0,99;+malloc,0,1000", 0, UINT64_MAX },
		{ ";-malloc,0,18446744073709551615;+malloc,0,1000", UINT64_MAX, UINT64_MAX },
		{ ";-malloc,0,9;-malloc,10,19;+malloc,0,1000", 20, UINT64_MAX },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		char text[256];
		struct handover h;

		snprintf(text, sizeof(text), HEAD "%s", cases[i].rules);
		CHECK_INT(handover_parse(text, &h), ==, 0);
		CHECK(rules_smallest(&h, HANDOVER_MALLOC) == cases[i].malloc);
		CHECK(rules_smallest(&h, HANDOVER_ANON) == cases[i].anon);
	}
}

TEST(drop)
{
	struct handover h;

	CHECK_INT(handover_parse(HEAD ";+malloc,1,2;+anon,3,4;-malloc,5,6;-anon,7,8", &h), ==, 0);
	rules_drop(&h, HANDOVER_MALLOC);
	CHECK_INT(h.n_rules, ==, 2);
	CHECK(h.rules[0].kind == HANDOVER_ANON && h.rules[0].min == 3);
	CHECK(h.rules[1].kind == HANDOVER_ANON && h.rules[1].min == 7);
}

CHECK_MAIN()
