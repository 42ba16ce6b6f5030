/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Allow rules: parsed from text, written again, refused with a message. */

#include "basic/printable.h"
#include "basic/strutil.h"
#include "libcdm/rules/rules.h"
#include "check.h"

#include <errno.h>

#define GLOB(text) ((char *)(uintptr_t)(text))

static void check_text(const char *got, const char *want)
{
	CHECK_STR(got ? got : "(none)", want ? want : "(none)");
}

TEST(rules_are_parsed_and_written_back)
{
	static const struct {
		const char *text, *written;
		struct rule rule;
	} cases[] = {
		{ "malloc", "malloc", { .asks = { .allow = true, .kind = PLACEMENT_MALLOC, .max = UINT64_MAX } } },
		{ "anon,min=1M",
		  "anon,min=1M",
		  { .asks = { .allow = true, .kind = PLACEMENT_ANON, .min = 1 << 20, .max = UINT64_MAX } } },
		{ "!malloc,max=4k", "!malloc,max=4K", { .asks = { .kind = PLACEMENT_MALLOC, .max = 4096 } } },
		{ "anon,max=2G,min=1025",
		  "anon,min=1025,max=2G",
		  { .asks = { .allow = true, .kind = PLACEMENT_ANON, .min = 1025, .max = 2ULL << 30 } } },
		{ "malloc,min=1536K,max=1536K",
		  "malloc,min=1536K,max=1536K",
		  { .asks = { .allow = true, .kind = PLACEMENT_MALLOC, .min = 1536 << 10, .max = 1536 << 10 } } },
		{ "malloc,min=0,max=0", "malloc,max=0", { .asks = { .allow = true, .kind = PLACEMENT_MALLOC } } },
		{ "anon,min=3T",
		  "anon,min=3T",
		  { .asks = { .allow = true, .kind = PLACEMENT_ANON, .min = 3ULL << 40, .max = UINT64_MAX } } },
		{ "malloc,caller=libm.so*",
		  "malloc,caller=libm.so*",
		  { .asks = { .allow = true,
			      .kind = PLACEMENT_MALLOC,
			      .max = UINT64_MAX,
			      .globs = { [PLACEMENT_CALLER] = "libm.so*" } } } },
		{ "file,nodes=gpu,path=/dev/dax*",
		  "file,path=/dev/dax*,nodes=gpu",
		  { .asks = { .allow = true, .kind = PLACEMENT_FILE, .max = UINT64_MAX, .globs = { [PLACEMENT_PATH] = "/dev/dax*" } },
		    .nodes = GLOB("gpu") } },
		{ "shm,name=/psm_*,policy=bind",
		  "shm,name=/psm_*,policy=bind",
		  { .asks = { .allow = true, .kind = PLACEMENT_SHM, .max = UINT64_MAX, .globs = { [PLACEMENT_NAME] = "/psm_*" } },
		    .has_policy = true,
		    .policy = POLICY_BIND } },
		{ "data,object=app,symbol=table=x",
		  "data,object=app,symbol=table=x",
		  { .asks = { .allow = true,
			      .kind = PLACEMENT_DATA,
			      .max = UINT64_MAX,
			      .globs = { [PLACEMENT_OBJECT] = "app", [PLACEMENT_SYMBOL] = "table=x" } } } },
		{ "heap,policy=prefer",
		  "heap,policy=prefer",
		  { .asks = { .allow = true, .kind = PLACEMENT_HEAP, .max = UINT64_MAX },
		    .has_policy = true,
		    .policy = POLICY_PREFER } },
		{ "anon,thp=never,home=255,nodes=250-255",
		  "anon,nodes=250-255,home=255,thp=never",
		  { .asks = { .allow = true, .kind = PLACEMENT_ANON, .max = UINT64_MAX },
		    .nodes = GLOB("250-255"),
		    .has_home = true,
		    .home = 255,
		    .thp = PLACEMENT_THP_NEVER } },
		{ "anon,exec=yes",
		  "anon,exec=yes",
		  { .asks = { .allow = true, .kind = PLACEMENT_ANON, .max = UINT64_MAX, .exec = true } } },
		{ "heap,thp=always",
		  "heap,thp=always",
		  { .asks = { .allow = true, .kind = PLACEMENT_HEAP, .max = UINT64_MAX }, .thp = PLACEMENT_THP_ALWAYS } },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_rules_ struct rules rules = RULES_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *text = NULL;

		if (rules_add(&rules, "--allow", cases[i].text, &err) < 0)
			CHECK_FAIL("%s", error_text(&err));
		CHECK_INT(rules.n, ==, 1);
		CHECK(rules.v[0].asks.allow == cases[i].rule.asks.allow);
		CHECK_INT(rules.v[0].asks.kind, ==, cases[i].rule.asks.kind);
		CHECK_INT(rules.v[0].asks.min, ==, cases[i].rule.asks.min);
		CHECK_INT(rules.v[0].asks.max, ==, cases[i].rule.asks.max);
		CHECK_INT(rules.v[0].has_policy, ==, cases[i].rule.has_policy);
		CHECK_INT(rules.v[0].policy, ==, cases[i].rule.policy);
		CHECK_INT(rules.v[0].has_home, ==, cases[i].rule.has_home);
		CHECK_INT(rules.v[0].home, ==, cases[i].rule.home);
		CHECK_INT(rules.v[0].thp, ==, cases[i].rule.thp);
		CHECK(rules.v[0].asks.exec == cases[i].rule.asks.exec);
		for (int key = 0; key < PLACEMENT_GLOBS; key++)
			check_text(rules.v[0].asks.globs[key], cases[i].rule.asks.globs[key]);
		check_text(rules.v[0].nodes, cases[i].rule.nodes);
		text = rule_text(&rules.v[0]);
		CHECK_STR(text, cases[i].written);
	}
}

TEST(errors_name_the_column)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "malloc,mim=1M", "column 8: unknown key \"mim\", did you mean \"min\"?" },
		{ "malloc,zzzz=1", "column 8: unknown key \"zzzz\"; known: min, max, caller, nodes, policy, home, thp" },
		{ "maloc", "column 1: unknown kind \"maloc\", did you mean \"malloc\"?" },
		{ "!mallocs", "column 2: unknown kind \"mallocs\", did you mean \"malloc\"?" },
		{ "stack", "column 1: unknown kind \"stack\"; known: malloc, anon, file, shm, data, heap" },
		{ "!heap,min=1", "column 7: \"min\" does not go with heap" },
		{ "malloc,path=/dev/dax*", "column 8: \"path\" does not go with malloc" },
		{ "data,symbol=table", "column 1: \"symbol\" needs \"object\": the program's or library's file name" },
		{ "!malloc,policy=bind", "column 9: \"policy\" says where to, and a rule with ! places nothing" },
		{ "anon,nodes=1,nodes=2", "column 14: \"nodes\" is given twice" },
		{ "malloc,policy=bond", "column 15: unknown policy \"bond\", did you mean \"bind\"?" },
		{ "malloc,thp=alway", "column 12: unknown thp \"alway\", did you mean \"always\"?" },
		{ "malloc,home=1024", "column 13: \"1024\" is no node: write home=1" },
		{ "malloc,home=x", "column 13: \"x\" is no node: write home=1" },
		{ "anon,exec=no", "column 11: \"no\" is not known: write exec=yes, or leave it out" },
		{ "anon,exec", "column 10: \"exec\" has no value: write exec=yes" },
		{ "malloc,exec=yes", "column 8: \"exec\" does not go with malloc" },
		{ "!anon,exec=yes", "column 7: \"exec\" says where to, and a rule with ! places nothing" },
		{ "!malloc,thp=always", "column 9: \"thp\" says where to, and a rule with ! places nothing" },
		{ "malloc,caller=", "column 14: \"caller\" has no value: write caller=libfoo.so*" },
		{ "heap,", "column 6: a key is missing: KEY=VALUE, such as nodes=1" },
		{ "file,path=/a\nb", "column 11: path has a control character in it" },
		{ "", "column 1: a kind is missing, one of malloc, anon, file, shm, data, heap" },
		{ "!", "column 2: a kind is missing, one of malloc, anon, file, shm, data, heap" },
		{ ",min=1", "column 1: a kind is missing, one of malloc, anon, file, shm, data, heap" },
		{ "malloc,", "column 8: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,,min=1", "column 8: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,min=1,", "column 14: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,=1", "column 8: a key is missing: KEY=VALUE, such as min=1M" },
		{ "malloc,min", "column 11: \"min\" has no value: write min=1M" },
		{ "malloc,min=", "column 11: \"min\" has no value: write min=1M" },
		{ "malloc,max=,min=1", "column 11: \"max\" has no value: write max=1G" },
		{ "malloc,min=1,min=2", "column 14: \"min\" is given twice" },
		{ "malloc,min=2,max=1", "column 14: min is above max: nothing could match" },
		{ "malloc,min=1Q", "column 12: \"1Q\" is no size: write min=1M, in bytes or with K, M, G, T" },
		{ "malloc,min=-1", "column 12: \"-1\" is no size: write min=1M, in bytes or with K, M, G, T" },
		{ "malloc,min=1=2", "column 12: \"1=2\" is no size: write min=1M, in bytes or with K, M, G, T" },
		{ "malloc,max=99999999T", "column 12: max=99999999T is more than can be counted" },
		{ "malloc, min=1", "column 8: unknown key \" min\", did you mean \"min\"?" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_rules_ struct rules rules = RULES_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *want = NULL, *shown = NULL;

		want = escape_text(cases[i].text);
		CHECK(want && asprintf(&shown, "--allow '%s': %s", want, cases[i].message) > 0);
		if (rules_add(&rules, "--allow", cases[i].text, &err) != -EINVAL)
			CHECK_FAIL("\"%s\" was accepted", cases[i].text);
		CHECK_INT(rules_add(&rules, "--allow", cases[i].text, NULL), ==, -EINVAL);
		CHECK_STR(error_text(&err), shown);
		CHECK_INT(rules.n, ==, 0);
	}
}

TEST(error_messages_escape_control_characters)
{
	_cleanup_rules_ struct rules rules = RULES_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	CHECK_INT(rules_add(&rules, "--allow", "\x1b[2J", &err), ==, -EINVAL);
	CHECK_STR(error_text(&err),
		  "--allow '\\x1b[2J': column 1: unknown kind \"\\x1b[2J\"; known: malloc, anon, file, shm, data, heap");
}

TEST(rules_are_appended_up_to_a_limit)
{
	_cleanup_rules_ struct rules rules = RULES_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	for (int i = 0; i < PLACEMENT_RULES; i++)
		CHECK_INT(rules_add(&rules, "--allow", i % 2 ? "anon" : "!malloc", &err), ==, 0);
	CHECK_INT(rules.v[PLACEMENT_RULES - 1].asks.kind, ==, PLACEMENT_ANON);
	CHECK_INT(rules_add(&rules, "--allow", "anon", &err), ==, -E2BIG);
	CHECK_STR(error_text(&err), "--allow: too many rules: 64 is the most");
	CHECK_INT(rules.n, ==, PLACEMENT_RULES);
}

TEST(policy_names_are_parsed_exactly)
{
	CHECK_INT(policy_from_name("prefer"), ==, POLICY_PREFER);
	CHECK_INT(policy_from_name("weighted"), ==, POLICY_WEIGHTED);
	CHECK_INT(policy_from_name("Prefer"), ==, -EINVAL);
	CHECK_STR(policy_name(POLICY_BIND), "bind");
	CHECK_INT(policy_from_name("preferred"), ==, -EINVAL);
	CHECK_STR(policy_name(POLICY_PREFER_ONE), "prefer");
}

CHECK_MAIN()
