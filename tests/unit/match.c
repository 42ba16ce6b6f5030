/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The report: which rule placed a VMA, and how full a node is. */

#include "check.h"

#include "cdm-launch/vma-match.h"
#include "cdm-launch/zoneinfo.h"

#include "basic/strutil.h"

#include <errno.h>

/* Target 0 is "prefer 1-2", target 1 is "bind 255". */
static const char *const texts[] = {
	"malloc,min=1M",            /* 0 */
	"anon,min=1M",              /* 1 */
	"anon,min=4K,policy=bind",  /* 2 */
	"!anon,max=2K",             /* 3 */
	"file,path=/data/*",        /* 4 */
	"shm",                      /* 5 */
	"data,object=app",          /* 6 */
	"heap,policy=bind",         /* 7 */
	"malloc,min=1,policy=bind", /* 8 */
};

static struct launch launch(enum mode mode)
{
	struct launch l = {
		.system = nodeset_of(0),
		.mode = mode,
		.place = { .n_targets = 2,
			   .targets = { { .policy = POLICY_PREFER }, { .policy = POLICY_BIND, .nodes = nodeset_of(255) } } },
	};
	struct error err = ERROR_NONE;

	nodeset_add(&l.place.targets[0].nodes, 1);
	nodeset_add(&l.place.targets[0].nodes, 2);
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		if (rules_add(&l.rules, "rule", texts[i], &err) < 0)
			abort();
		l.place.rules[i] = l.rules.v[i].asks;
		l.place.rules[i].target = l.rules.v[i].has_policy;
		l.place.n_rules++;
	}
	return l;
}

static const struct counts_chunk chunks[] = {
	{ .base = 0x100000000, .end = 0x200000000, .image = 7, .target = 0 },
	{ .base = 0x300000000, .end = 0x400000000, .image = 7, .target = 1 },
	{ .base = 0x500000000, .end = 0x600000000, .image = 8, .target = 0 },
};

struct a_vma {
	enum vma_what what;
	const char *policy, *name;
	uint64_t start, size;
};

static struct vma vma_of(const struct a_vma *v)
{
	return (struct vma){ .what = v->what,
			     .policy = (char *)(uintptr_t)v->policy,
			     .name = (char *)(uintptr_t)v->name,
			     .start = v->start,
			     .end = v->start + v->size };
}

#define MANY "prefer (many)=static:1"
#define FAR "prefer (many)=static:255"
#define SYSTEM "bind=static:0"

TEST(match_rules_finds_the_rules_that_may_have_bound_a_vma)
{
	static const struct {
		struct a_vma vma;
		uint64_t preload, trace;
	} cases[] = {
		/* anonymous memory is malloc's only if it lies in a chunk; in trace mode this is unknown */
		{ { VMA_ANON, MANY, NULL, 0x700000000, 1 << 20 }, 1 << 1 | 1 << 6, 1 << 0 | 1 << 1 | 1 << 6 },
		{ { VMA_ANON, MANY "-2", NULL, 0x700000000, 1 << 20 }, 1 << 1 | 1 << 6, 1 << 0 | 1 << 1 | 1 << 6 },
		{ { VMA_ANON, MANY, NULL, 0x100000000, 1 << 20 }, 1 << 0, 1 << 0 | 1 << 1 | 1 << 6 },
		{ { VMA_ANON, FAR, NULL, 0x300000000, 1 << 20 }, 1 << 8, 1 << 2 | 1 << 8 },
		{ { VMA_ANON, FAR, NULL, 0x700000000, 1 << 20 }, 1 << 2, 1 << 2 | 1 << 8 },
		/* a chunk of another image */
		{ { VMA_ANON, MANY, NULL, 0x500000000, 1 << 20 }, 1 << 1 | 1 << 6, 1 << 0 | 1 << 1 | 1 << 6 },
		/* not bound by a rule: another node, no static policy, another mode, the task's policy */
		{ { VMA_ANON, "prefer (many)=static:1-3", NULL, 0x700000000, 1 << 20 }, 0, 0 },
		{ { VMA_ANON, "prefer (many):1", NULL, 0x700000000, 1 << 20 }, 0, 0 },
		{ { VMA_ANON, "prefer=static:1", NULL, 0x700000000, 1 << 20 }, 0, 0 },
		{ { VMA_ANON, "bind=static:1", NULL, 0x700000000, 1 << 20 }, 0, 0 },
		{ { VMA_ANON, SYSTEM, NULL, 0x700000000, 1 << 20 }, 0, 0 },
		{ { VMA_ANON, "default", NULL, 0x700000000, 1 << 20 }, 0, 0 },
		/* files match by path; the other kinds */
		{ { VMA_FILE, MANY, "/data/x", 0x1000, 4096 }, 1 << 4, 1 << 4 },
		{ { VMA_FILE, MANY, "/other/x", 0x1000, 4096 }, 0, 0 },
		{ { VMA_DATA, MANY, "/bin/app", 0x1000, 4096 }, 1 << 6, 1 << 6 },
		{ { VMA_SHM, MANY, "/dev/shm/x", 0x1000, 4096 }, 1 << 5, 1 << 5 },
		{ { VMA_HUGE, MANY, "/anon_hugepage", 0x1000, 4096 }, 1 << 1 | 1 << 4 | 1 << 5, 1 << 1 | 1 << 4 | 1 << 5 },
		{ { VMA_HEAP, FAR, NULL, 0x1000, 4096 }, 1 << 7, 1 << 7 },
		{ { VMA_HEAP, MANY, NULL, 0x1000, 4096 }, 0, 0 },
		{ { VMA_STACK, MANY, NULL, 0x1000, 4096 }, 0, 0 },
	};
	struct launch preload = launch(MODE_PRELOAD), trace = launch(MODE_TRACE);
	struct matcher in = { &preload, ~0ULL, chunks, ELEMENTSOF(chunks), 7 }, outside = { &trace, ~0ULL, NULL, 0, 7 };

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct vma vma = vma_of(&cases[i].vma);

		if (match_rules(&in, &vma) != cases[i].preload || match_rules(&outside, &vma) != cases[i].trace)
			printf("# case %zu\n", i);
		CHECK_INT((long)match_rules(&in, &vma), ==, (long)cases[i].preload);
		CHECK_INT((long)match_rules(&outside, &vma), ==, (long)cases[i].trace);
	}
	rules_free(&preload.rules);
	rules_free(&trace.rules);
}

TEST(match_rules_prefers_rules_that_allowed_something)
{
	struct launch l = launch(MODE_TRACE);
	struct matcher m = { &l, 1 << 1, NULL, 0, 7 };
	struct vma vma = vma_of(&(struct a_vma){ VMA_ANON, MANY, NULL, 0x1000, 4096 });

	CHECK_INT((long)match_rules(&m, &vma), ==, 1 << 1);
	m.used = 1 << 5;
	CHECK_INT((long)match_rules(&m, &vma), ==, 1 << 0 | 1 << 1 | 1 << 6);
	rules_free(&l.rules);
}

TEST(match_ruling_explains_why_memory_is_not_bound)
{
	static const struct {
		struct a_vma vma;
		enum ruling ruling;
		uint64_t rules;
	} cases[] = {
		{ { VMA_ANON, MANY, NULL, 0x100000000, 4096 }, RULING_TOOK, 1 << 0 },
		/* the unused part of a chunk has no policy yet */
		{ { VMA_ANON, "default", NULL, 0x180000000, 4096 }, RULING_TOOK, 1 << 0 },
		{ { VMA_ANON, "bind:1", NULL, 0x700000000, 4096 }, RULING_OWN, 0 },
		{ { VMA_ANON, SYSTEM, NULL, 0x700000000, 1024 }, RULING_REFUSED, 1 << 3 },
		{ { VMA_ANON, SYSTEM, NULL, 0x700000000, 4096 }, RULING_MISSED, 1 << 2 },
		{ { VMA_ANON, SYSTEM, NULL, 0x700000000, 2 << 20 }, RULING_MISSED, 1 << 1 },
		{ { VMA_ANON, SYSTEM, NULL, 0x700000000, 3 << 10 }, RULING_NONE, 0 },
		{ { VMA_TEXT, SYSTEM, "/bin/app", 0x1000, 4096 }, RULING_NONE, 0 },
		{ { VMA_STACK, SYSTEM, NULL, 0x1000, 4096 }, RULING_NONE, 0 },
	};
	struct launch l = launch(MODE_PRELOAD);
	struct matcher m = { &l, ~0ULL, chunks, ELEMENTSOF(chunks), 7 };

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct vma vma = vma_of(&cases[i].vma);
		uint64_t rules = 77;

		printf("# case %zu\n", i);
		CHECK_INT(match_ruling(&m, &vma, &rules), ==, cases[i].ruling);
		CHECK_INT((long)rules, ==, (long)cases[i].rules);
	}
	/* No rule misses executable memory, unless it asks for executable memory. */
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct vma vma = vma_of(&cases[i].vma);
		uint64_t rules;

		vma.is_exec = true;
		CHECK(match_ruling(&m, &vma, &rules) != RULING_MISSED);
	}
	rules_free(&l.rules);
}

TEST(match_text_and_match_nodes_join_the_given_rules)
{
	struct launch l = launch(MODE_PRELOAD);
	struct nodeset nodes = match_nodes(&l, 1 << 0 | 1 << 2);
	_cleanup_free_ char *text = match_text(&l.rules, 1 << 0 | 1 << 5, " or "), *none = match_text(&l.rules, 0, " or ");

	CHECK_STR(NODESET_STR(&nodes), "1-2,255");
	CHECK_STR(text, "malloc,min=1M or shm");
	CHECK_STR(none, "");
	rules_free(&l.rules);
}

TEST(zone_room_reads_free_high_and_size_of_a_node)
{
	static const char zoneinfo[] =
		"Node 0, zone   Normal\n  pages free     1000\n        boost    0\n        min      5\n"
		"        low      6\n        high     7\n        managed  2000\n"
		"      nr_free_pages 1000\n  pagesets\n    cpu: 0\n              high:  378\n"
		"Node 255, zone   Normal\n  pages free     0\n        high     0\n        managed  0\n"
		"Node 255, zone  Movable\n  pages free     30\n        high     15\n"
		"        managed  500\n";
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct zone_room room;

	CHECK_INT(zone_room(zoneinfo, 0, &room), ==, 0);
	CHECK(room.free == 1000 * page && room.high == 7 * page && room.size == 2000 * page);
	CHECK(!zone_is_full(&room));
	CHECK_INT(zone_room(zoneinfo, 255, &room), ==, 0);
	CHECK(room.free == 30 * page && room.high == 15 * page && room.size == 500 * page);
	CHECK(zone_is_full(&room));
	CHECK_INT(zone_room(zoneinfo, 2, &room), ==, -ENOENT);
	CHECK_INT(zone_room("", 0, &room), ==, -ENOENT);
}

CHECK_MAIN()
