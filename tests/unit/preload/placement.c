/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The hand-over: texts that are accepted, texts that are refused, and the matcher. */

#include <errno.h>

#include "basic/cleanup.h"
#include "../check.h"
#include "placement/placement-parse.h"
#include "placement/placement-match.h"

#define HEAD "3;prefer:0"

/* The parser decodes in place, so it gets a copy. */
static int parse(const char *text, struct placement *h)
{
	static char copy[65536];

	snprintf(copy, sizeof(copy), "%s", text);
	return placement_parse(copy, h);
}

TEST(valid_plans_survive_a_round_trip)
{
	static const char *const texts[] = {
		"3;prefer:0",
		"3,counts=/proc/1/fd/5%2C%3B;prefer:0;+malloc,1,2,0",
		"3,counts=a,fork=dontfork,inherit=no;prefer:0",
		"3,fork=dontfork;prefer,thp=always:0;bind,thp=never,home=255:1,255;interleave,home=0:0-1",
		"3;bind:0-3,250-255,1023;+malloc,1048576,18446744073709551615,0",
		"3;interleave:1;-anon,0,0;+anon,1,2,0;+malloc,3,4,0",
		"3;weighted:1-2;-malloc,18446744073709551615,18446744073709551615",
		"3;prefer:1;bind:2;interleave:1-2;+malloc,1,2,2;+anon,1,2,1,caller=lib*.so,name=x y",
		"3;prefer:1;-file,0,9,path=/a%2Cb%3Bc%25;+shm,0,9,0,name=/psm_*;+data,1,2,0,object=app,symbol=t=u",
		"3;prefer:1;+anon,1,2,0,caller=x,exec=yes",
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_free_ char *again = NULL;
		struct placement h;

		CHECK_INT(parse(texts[i], &h), ==, 0);
		CHECK_INT(placement_format(&h, &again), ==, 0);
		CHECK_STR(again, texts[i]);
	}
}

TEST(every_field_of_a_plan_is_parsed)
{
	struct placement h;

	CHECK_INT(parse("3;weighted:2,255;bind:7;-anon,7,9;+malloc,1,18446744073709551615,1;"
			"+file,0,5,0,path=/a%2Cb%25",
			&h),
		  ==, 0);
	CHECK_INT(h.n_targets, ==, 2);
	CHECK_INT(h.targets[0].policy, ==, POLICY_WEIGHTED);
	CHECK_INT(nodeset_count(&h.targets[0].nodes), ==, 2);
	CHECK(nodeset_has(&h.targets[0].nodes, 2) && nodeset_has(&h.targets[0].nodes, 255));
	CHECK(h.targets[1].policy == POLICY_BIND && nodeset_has(&h.targets[1].nodes, 7));
	CHECK_INT(h.n_rules, ==, 3);
	CHECK(h.rules[0].kind == PLACEMENT_ANON && !h.rules[0].allow && h.rules[0].min == 7 && h.rules[0].max == 9);
	CHECK(h.rules[1].kind == PLACEMENT_MALLOC && h.rules[1].allow && h.rules[1].min == 1 && h.rules[1].target == 1);
	CHECK(h.rules[1].max == PLACEMENT_NO_LIMIT && !h.rules[1].globs[PLACEMENT_CALLER]);
	CHECK_STR(h.rules[2].globs[PLACEMENT_PATH], "/a,b%");
}

TEST(invalid_plans_are_refused)
{
	static const char *const texts[] = {
		"",
		"3",
		"2;prefer:0",
		"3,;prefer:0",
		"3,counts=;prefer:0",
		"3,counts=a,counts=b;prefer:0",
		"3,other=a;prefer:0",
		"3,counts=a",
		"3,fork=keep;prefer:0",
		"3,inherit=yes;prefer:0",
		"3,inherit=no,inherit=no;prefer:0",
		"3;prefer,:0",
		"3;prefer,thp:0",
		"3;prefer,thp=:0",
		"3;prefer,thp=maybe:0",
		"3;prefer,thp=never,thp=always:0",
		"3;prefer,home=:0",
		"3;prefer,home=1024:0",
		"3;prefer,home=1,home=1:0",
		"3;prefer,home=1",
		"3;",
		"1;mode=prefer;nodes=0",
		"3;prefer",
		"3;0:prefer",
		" " HEAD,
		HEAD " ",
		"3;:0",
		"3;pref:0",
		"3;prefers:0",
		"3;prefer:",
		"3;prefer:x",
		"3;prefer: 0",
		"3;prefer:1024",
		"3;prefer:3-1",
		"3;prefer:0,",
		"3;prefer:-1",
		"3;prefer:0;bind",
		HEAD ";malloc,1,2,0",
		HEAD ";+malloc",
		HEAD ";+malloc,1",
		HEAD ";+malloc,1,2",
		HEAD ";+malloc,1,2,",
		HEAD ";+malloc,1,2,1",
		HEAD ";+malloc,,1,0",
		HEAD ";+malloc,2,1,0",
		HEAD ";-malloc,1,2,0",
		HEAD ";+heap,1,2,0",
		HEAD ";+mallocs,1,2,0",
		HEAD ";+,1,2,0",
		HEAD ";+malloc,-1,2,0",
		HEAD ";+malloc,0x1,2,0",
		HEAD ";+malloc,1K,2K,0",
		HEAD ";+malloc,1,18446744073709551616,0",
		HEAD ";+malloc,1,99999999999999999999999,0",
		HEAD ";;+malloc,1,2,0",
		HEAD ";+malloc,1,2,0\n",
		HEAD ";*malloc,1,2,0",
		HEAD ";+malloc;1;2;0",
		HEAD ";+malloc,1,2,0,",
		HEAD ";+malloc,1,2,0,caller",
		HEAD ";+malloc,1,2,0,caller=",
		HEAD ";+malloc,1,2,0,callers=x",
		HEAD ";+malloc,1,2,0,caller=x,caller=y",
		HEAD ";+malloc,1,2,0,caller=%",
		HEAD ";+malloc,1,2,0,caller=%2",
		HEAD ";+malloc,1,2,0,caller=%zz",
		HEAD ";+malloc,1,2,0,caller=%00",
		HEAD ";+anon,1,2,0,exec=no",
		HEAD ";-anon,1,2,exec=yes",
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		struct placement h = { .n_rules = 77 };
		int r = parse(texts[i], &h);

		if (r >= 0 || h.n_rules != 77)
			printf("# accepted as a plan: \"%s\"\n", texts[i]);
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

TEST(plans_are_accepted_up_to_the_limits)
{
	static char text[NODESET_STRLEN * 4];
	_cleanup_free_ char *again = NULL;
	struct placement h;

	repeat(text, HEAD, ";+malloc,1,2,0", PLACEMENT_RULES);
	CHECK_INT(parse(text, &h), ==, 0);
	CHECK_INT(h.n_rules, ==, PLACEMENT_RULES);
	repeat(text, HEAD, ";+malloc,1,2,0", PLACEMENT_RULES + 1);
	CHECK_INT(parse(text, &h), ==, -E2BIG);
	repeat(text, HEAD, ",0", NODESET_STRLEN);
	CHECK_INT(parse(text, &h), ==, -EINVAL);

	repeat(text, HEAD, ";bind:1", PLACEMENT_TARGETS);
	CHECK_INT(parse(text, &h), ==, -E2BIG);

	/* the longest possible list of nodes */
	h = (struct placement){ .n_targets = 1, .targets = { { .policy = POLICY_BIND } } };
	for (int node = 0; node < NODESET_MAX; node += 3) {
		nodeset_add(&h.targets[0].nodes, node);
		nodeset_add(&h.targets[0].nodes, node + 1);
	}
	CHECK_INT(placement_format(&h, &again), ==, 0);
	struct placement back;
	CHECK_INT(parse(again, &back), ==, 0);
	CHECK(nodeset_equal(&h.targets[0].nodes, &back.targets[0].nodes));
}

TEST(placement_format_refuses_invalid_plans)
{
	const struct placement good = {
		.n_targets = 1,
		.targets = { { .nodes = nodeset_of(1) } },
		.n_rules = 1,
		.rules = { { .kind = PLACEMENT_MALLOC, .allow = true, .min = 1, .max = 2 } },
	};
	struct placement h = good;
	char *text = NULL;

	h.rules[0].max = 0;
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	h = good;
	h.rules[0].target = 1;
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	h = good;
	h.rules[0].globs[PLACEMENT_CALLER] = "";
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	h = good;
	h.targets[0].nodes = NODESET_EMPTY;
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	h = good;
	h.targets[0].policy = POLICIES;
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	h = good;
	h.n_targets = 0;
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	h = good;
	h.n_rules = PLACEMENT_RULES + 1;
	CHECK_INT(placement_format(&h, &text), ==, -EINVAL);
	CHECK(text == NULL);
}

static int no_one_knows(const struct subject *s, unsigned rule, enum placement_key key, const char *glob)
{
	(void)s;
	(void)rule;
	(void)key;
	return glob[0] == '?' ? -1 : glob[0] == 'y';
}

static int target(const struct placement *h, enum placement_kind kind, uint64_t size)
{
	const struct placement_rule *rule =
		rules_find(h, &(struct subject){ .kinds = PLACEMENT_KIND(kind), .size = size, .holds = no_one_knows });

	return rule ? (int)rule->target : -1;
}

static bool allows(const struct placement *h, enum placement_kind kind, uint64_t size)
{
	return target(h, kind, size) >= 0;
}

/* If a condition cannot be decided, the memory is not placed. */
TEST(an_undecidable_condition_places_nothing)
{
	struct placement h;

	CHECK_INT(parse("3;prefer:1;bind:2;+malloc,0,9,0,caller=yes;-malloc,0,99,caller=?;+malloc,0,999,1", &h), ==, 0);
	CHECK_INT(target(&h, PLACEMENT_MALLOC, 9), ==, 0);
	CHECK_INT(target(&h, PLACEMENT_MALLOC, 10), ==, -1);
	CHECK_INT(target(&h, PLACEMENT_MALLOC, 100), ==, 1);
	CHECK_INT(rules_smallest(&h, PLACEMENT_KIND(PLACEMENT_MALLOC)), ==, 0);
	CHECK_INT(parse("3;prefer:1;+anon,0,9,0,caller=?;+anon,0,9,0,caller=no;-anon,0,20,name=yes;+anon,5,30,0", &h),
		  ==, 0);
	CHECK_INT(target(&h, PLACEMENT_ANON, 9), ==, -1);
	CHECK_INT(target(&h, PLACEMENT_ANON, 21), ==, 0);
	/* A rule with more conditions than a size may match some caller: the fast path must not skip it. */
	CHECK_INT(parse("3;prefer:1;-anon,0,20,name=yes;+anon,5,30,0", &h), ==, 0);
	CHECK_INT(rules_smallest(&h, PLACEMENT_KIND(PLACEMENT_ANON)), ==, 5);
}

TEST(the_first_matching_rule_decides)
{
	struct placement h;

	CHECK_INT(parse(HEAD ";-malloc,100,199;+malloc,50,149,0;-malloc,0,60;+malloc,300,"
			     "18446744073709551615,0",
			&h),
		  ==, 0);
	CHECK(!allows(&h, PLACEMENT_MALLOC, 49));
	CHECK(allows(&h, PLACEMENT_MALLOC, 50));
	CHECK(allows(&h, PLACEMENT_MALLOC, 99));
	CHECK(!allows(&h, PLACEMENT_MALLOC, 100));
	CHECK(!allows(&h, PLACEMENT_MALLOC, 149));
	CHECK(!allows(&h, PLACEMENT_MALLOC, 200));
	CHECK(allows(&h, PLACEMENT_MALLOC, 300));
	CHECK(allows(&h, PLACEMENT_MALLOC, UINT64_MAX));
	CHECK(!allows(&h, PLACEMENT_ANON, 50));
}

TEST(rules_smallest_is_the_smallest_allowed_size)
{
	static const struct {
		const char *rules;
		uint64_t malloc, anon;
	} cases[] = {
		{ "", UINT64_MAX, UINT64_MAX },
		{ ";+malloc,0,5,0", 0, UINT64_MAX },
		{ ";+malloc,4096,8192,0;+malloc,64,70,0;+anon,7,9,0", 64, 7 },
		{ ";-malloc,0,99;+malloc,0,1000,0", 100, UINT64_MAX },
		{ ";-malloc,50,150;+malloc,100,120,0;+malloc,140,200,0", 151, UINT64_MAX },
		{ ";-malloc,0,1000;+malloc,5,1000,0", UINT64_MAX, UINT64_MAX },
		{ ";-anon,0,99;+malloc,0,1000,0", 0, UINT64_MAX },
		{ ";-malloc,0,18446744073709551615;+malloc,0,1000,0", UINT64_MAX, UINT64_MAX },
		{ ";-malloc,0,9;-malloc,10,19;+malloc,0,1000,0", 20, UINT64_MAX },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		char text[256];
		struct placement h;

		snprintf(text, sizeof(text), HEAD "%s", cases[i].rules);
		CHECK_INT(parse(text, &h), ==, 0);
		CHECK(rules_smallest(&h, PLACEMENT_KIND(PLACEMENT_MALLOC)) == cases[i].malloc);
		CHECK(rules_smallest(&h, PLACEMENT_KIND(PLACEMENT_ANON)) == cases[i].anon);
	}
}

TEST(rules_drop_removes_all_rules_of_a_kind)
{
	struct placement h;

	CHECK_INT(parse(HEAD ";+malloc,1,2,0;+anon,3,4,0;-malloc,5,6;-anon,7,8", &h), ==, 0);
	rules_drop(&h, PLACEMENT_MALLOC);
	CHECK_INT(h.n_rules, ==, 2);
	CHECK(h.rules[0].kind == PLACEMENT_ANON && h.rules[0].min == 3);
	CHECK(h.rules[1].kind == PLACEMENT_ANON && h.rules[1].min == 7);
}

CHECK_MAIN()
