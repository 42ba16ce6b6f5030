/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A program that keeps overwriting a list is reported once for each pair of lists, and forgotten later. */

#include "basic/strutil.h"
#include "check.h"
#include "cdmd/overruled.h"

static struct nodeset set(const char *text)
{
	struct nodeset s = NODESET_EMPTY;

	if (nodeset_parse(text, &s) < 0)
		abort();
	return s;
}

/* One reconcile that finds the list `theirs` in a cgroup ("": no explicit list) and sets it to `ours`. */
struct look {
	const char *path, *theirs, *ours;
	uint64_t inode, now;
	enum cgroup_world world;
	enum step_result other_than_done; /* what became of the last step; STEP_PLANNED: it was done */
};

static void look(struct overruled *o, const struct look *l)
{
	struct cgroup g = { .path = (char *)l->path, .inode = l->inode, .explicit = *l->theirs, .mems = set(l->theirs) };
	struct cgroups found = { .world = l->world, .v = &g, .n = 1 };
	enum step_result last = l->other_than_done ? l->other_than_done : STEP_DONE;
	struct step steps[] = {
		{ .result = last, .kind = STEP_WIDEN, .target = g.path, .nodes = set("0-9") },
		{ .result = last, .kind = STEP_FENCE, .target = g.path, .nodes = set(l->ours) },
	};
	const struct plan plan = { .steps = steps, .n = ELEMENTSOF(steps) };

	overruled_note(o, l->now, &found, &plan);
}

/* Returns the problems reported at this time, in one line, or "". Valid until the next call. */
static const char *said(const struct overruled *o, uint64_t now)
{
	static char *text;
	_cleanup_strv_ struct strv problems = STRV_NONE;

	free(text);
	if (overruled_problems(o, now, &problems) < 0)
		abort();
	text = strv_join(&problems, "; ");
	return text;
}

TEST(only_the_same_overwrite_repeated_is_reported)
{
	static const struct {
		struct look looks[4];
		bool habit;
	} cases[] = {
		{ { { "a", "0-1", "0", 7, 1 }, { "a", "0-1", "0", 7, 2 } }, false },
		{ { { "a", "0-1", "0", 7, 1 }, { "a", "0-1", "0", 7, 2 }, { "a", "0-1", "0", 7, 3 } }, true },
		/* cdmd wrote nothing, so no other program has overwritten it */
		{ { { "a", "0-1", "0", 7, 1, .other_than_done = STEP_DEFERRED },
		    { "a", "0-1", "0", 7, 2, .other_than_done = STEP_FAILED },
		    { "a", "0-1", "0", 7, 3, .other_than_done = STEP_SKIPPED } },
		  false },
		/* several notes with the same time count once */
		{ { { "a", "0-1", "0", 7, 1 }, { "a", "0-1", "0", 7, 1 }, { "a", "0-1", "0", 7, 1 } }, false },
		/* each time another cgroup of the same name */
		{ { { "a", "0-1", "0", 7, 1 }, { "a", "0-1", "0", 8, 2 }, { "a", "0-1", "0", 9, 3 } }, false },
		/* a new cgroup has no list; the wanted list alternates as nodes come and go */
		{ { { "a", "", "0", 7, 1 }, { "a", "", "0", 7, 2 }, { "a", "", "0", 7, 3 } }, false },
		{ { { "a", "0", "0,2", 7, 1 }, { "a", "0,2", "0", 7, 2 }, { "a", "0", "0,2", 7, 3 }, { "a", "0,2", "0", 7, 4 } },
		  false },
		/* on v1 the kernel may have removed a node; only a program adds one */
		{ { { "a", "0", "0-1", 7, 1, WORLD_V1 },
		    { "a", "0", "0-1", 7, 2, WORLD_V1 },
		    { "a", "0", "0-1", 7, 3, WORLD_V1 } },
		  false },
		{ { { "a", "0-1", "0", 7, 1, WORLD_V1 },
		    { "a", "0-1", "0", 7, 2, WORLD_V1 },
		    { "a", "0-1", "0", 7, 3, WORLD_V1 } },
		  true },
		/* a list with fewer nodes than wanted is an overwrite, too */
		{ { { "a", "0", "0-1", 7, 1 }, { "a", "0", "0-1", 7, 2 }, { "a", "0", "0-1", 7, 3 } }, true },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct overruled o = { 0 };

		for (size_t k = 0; k < ELEMENTSOF(cases[i].looks) && cases[i].looks[k].path; k++)
			look(&o, &cases[i].looks[k]);
		if (!*said(&o, 5) != !cases[i].habit)
			CHECK_FAIL("case %zu: \"%s\"", i, said(&o, 5));
		overruled_free(&o);
	}
}

TEST(the_report_names_cgroup_and_lists_and_stays_the_same)
{
	struct overruled o = { 0 };
	_cleanup_free_ char *first = NULL;
	uint64_t now = 1;

	while (now <= 3)
		look(&o, &(struct look){ "pods/a", "0-1", "0", 7, now++ });
	first = strdup(said(&o, now));
	CHECK(strstr(first, "cgroup /pods/a: ") && strstr(first, "writes 0-1 ") && strstr(first, "sets it to 0 "));
	look(&o, &(struct look){ "pods/a", "0-1", "0", 7, now++ });
	CHECK_STR(said(&o, now), first);
	look(&o, &(struct look){ "pods/a", "0-2", "0", 7, now++ });
	CHECK_STR(said(&o, now), "");
	while (now <= 7)
		look(&o, &(struct look){ "pods/a", "0-2", "0", 7, now++ });
	CHECK(strstr(said(&o, now), "writes 0-2 "));
	CHECK_STR(said(&o, 7 + OVERRULED_MS), "");
	overruled_free(&o);
}

TEST(a_repeated_overwrite_is_reported_among_many_other_cgroups)
{
	struct overruled o = { 0 };
	uint64_t now = 1;

	for (int i = 0; i < 3; i++)
		look(&o, &(struct look){ "habit", "0-1", "0", 7, now++ });
	for (int i = 0; i < 5 * OVERRULED_MAX; i++) {
		char path[32];

		snprintf(path, sizeof(path), "other-%d", i);
		look(&o, &(struct look){ path, "0-1", "0", (uint64_t)(100 + i), now++ });
		if (i % OVERRULED_TIMES == 0)
			look(&o, &(struct look){ "habit", "0-1", "0", 7, now++ });
	}
	CHECK(strstr(said(&o, now), "cgroup /habit: "));
	overruled_free(&o);
}

CHECK_MAIN()
