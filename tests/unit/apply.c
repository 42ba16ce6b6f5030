/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Applies plans to a tree of plain files in which cgroups disappear between the look and the step. */

#include "check.h"
#include "libcdm/engine/apply.h"
#include "libcdm/plan/plan-internal.h"
#include "tree.h"

#include "basic/strutil.h"

#define CGROUPS "/sys/fs/cgroup/"

static struct tree tree;
static char seen[400];

static struct nodeset set(const char *text)
{
	struct nodeset s = NODESET_EMPTY;

	if (nodeset_parse(text, &s) < 0)
		abort();
	return s;
}

static void cgroup(const char *path, const char *mems)
{
	_cleanup_free_ char *file = NULL;

	if (asprintf(&file, CGROUPS "%s/cpuset.mems", path) < 0)
		abort();
	tree_put(&tree, file, mems);
}

static void rm(const char *path)
{
	_cleanup_free_ char *full = tree_path(&tree, path);

	if (remove(full) < 0)
		abort();
}

static const char *mems(const struct root *root, const char *path)
{
	static char *text;

	free(text);
	text = NULL;
	return root_read_line(root, &text, "sys/fs/cgroup/%s/cpuset.mems", path) < 0 ? "(gone)" : text;
}

/*
 * After the first step, removes the next targets: all of "a"; of "b" only the controller's file, and only if arg is
 * set.
 */
static void on_step(void *arg, const struct step *s, enum step_result result, const char *message)
{
	size_t n = strlen(seen);

	(void)message;
	snprintf(seen + n, sizeof(seen) - n, "%s %s; ", s->target, step_result_name(result));
	if (!streq(s->target, "first"))
		return;
	rm(CGROUPS "a/cpuset.mems");
	rm(CGROUPS "a");
	if (arg)
		rm(CGROUPS "b/cpuset.mems");
}

static void run(const struct root *root, const struct step_hooks *hooks, struct apply_result *ret)
{
	static const char *const targets[] = { "first", "a", "b" };
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	_cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan));
	struct cgroup none = { .path = (char *)"", .has_cpuset = true };
	struct cgroups cgroups = {
		.world = WORLD_V2, .mount = (char *)"sys/fs/cgroup", .prefix = "cpuset.", .v = &none, .n = 1
	};
	struct topology topology = { .has_memory = set("0") };
	struct classification classes = { .system = set("0") };
	struct snapshot now = { &topology, &classes, &cgroups };
	struct nodeset system = set("0"), both = set("0-1");
	struct state state = { 0 };

	seen[0] = '\0';
	for (size_t i = 0; i < ELEMENTSOF(targets); i++) {
		cgroup(targets[i], "1"); /* as long as what is written: writing does not truncate a plain file */
		plan_add_mems(plan, STEP_FENCE, targets[i], &system, MIGRATE_AS_IT_IS);
	}
	cgroup("group", "0");
	plan_add_mems(plan, STEP_GRANT, "group", &both, MIGRATE_AS_IT_IS);
	plan_add_mems(plan, STEP_GRANT, "never-was", &both, MIGRATE_AS_IT_IS);
	if (cgroup_ctl_new(root, &cgroups, &ctl, NULL) < 0)
		abort();
	apply_plan(plan, &now, &state, ctl, root, 1, hooks, ret);
}

TEST(a_cgroup_that_vanishes_is_no_error)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	struct apply_result result;

	tree = tree_new();
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	root.live = true;
	run(&root, &(struct step_hooks){ .fn = on_step }, &result);
	CHECK_STR(seen, "first done; a gone; b done; group done; never-was gone; ");
	CHECK_INT(result.done, ==, 5);
	CHECK_INT(result.failed, ==, 0);
	CHECK(!result.fence_failed);
	CHECK_STR(mems(&root, "b"), "0");
	CHECK_STR(mems(&root, "group"), "0-1");
	tree_free(&tree);
}

TEST(a_fence_without_its_cpuset_file_is_an_error)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	struct apply_result result;

	tree = tree_new();
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	root.live = true;
	run(&root, &(struct step_hooks){ .fn = on_step, .arg = &result }, &result);
	CHECK_STR(seen, "first done; a gone; b failed; group done; never-was gone; ");
	CHECK_INT(result.failed, ==, 1);
	CHECK(result.fence_failed);
	tree_free(&tree);
}

static const char *deferred;

static bool may_step(void *arg, const struct step *s)
{
	(void)arg;
	return !streq(s->target, deferred);
}

/* Runs the plan and defers the step of `target`. */
static void run_without(const char *target, struct apply_result *ret)
{
	_cleanup_root_ struct root root = ROOT_NONE;

	deferred = target;
	tree = tree_new();
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	root.live = true;
	run(&root, &(struct step_hooks){ .fn = on_step, .may = may_step }, ret);
	CHECK_STR(mems(&root, target), streq(target, "group") ? "0" : "1");
	tree_free(&tree);
}

TEST(a_deferred_grant_is_not_carried_out_and_is_no_failure)
{
	struct apply_result result;

	run_without("group", &result);
	CHECK_STR(seen, "first done; a gone; b done; group deferred; never-was gone; ");
	CHECK_INT(result.failed, ==, 0);
	CHECK_INT(result.deferred, ==, 1);
}

TEST(a_deferred_fence_counts_as_a_failure)
{
	struct apply_result result;

	run_without("b", &result);
	CHECK_STR(seen, "first done; a gone; b deferred; group done; never-was gone; ");
	CHECK_INT(result.failed, ==, 1);
	CHECK_INT(result.deferred, ==, 0);
}

CHECK_MAIN()
