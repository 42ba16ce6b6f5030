/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whatever fails while the system is read, the decision is the same as without the failure, or there is none. If an
 * unreadable signal made a device node look like a boot node, every fence would be opened for it.
 */

#include "../faults/faulty.h"
#include "basic/strutil.h"
#include "check.h"
#include "libcdm/engine/apply.h"
#include "libcdm/json/json.h"
#include "libcdm/output/plan-json.h"
#include "libcdm/state/state-internal.h"
#include "tree.h"

#include <errno.h>

/* Returns the class of each node, or the plan; NULL if the system could not be read. Owned. */
typedef char *(*decide_fn)(const struct root *root, const struct config *config);

static char *decide_classes(const struct root *root, const struct config *config)
{
	_cleanup_state_ struct state *state = NULL;
	_cleanup_cgroups_ struct cgroups *g = NULL;
	_cleanup_snapshot_ struct snapshot *now = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_strv_ struct strv words = STRV_NONE;
	int r = state_load(root, &state, &err);

	if (r >= 0)
		r = cgroups_open(root, &g, &err);
	if (r >= 0)
		r = snapshot_read_nodes(root, config, state, TAKE_PTR(g), &now, &err);
	*faulty = (struct faulty){ .seen = faulty->seen };
	for (size_t i = 0; r >= 0 && i < now->topology->n_nodes; i++)
		if (now->topology->nodes[i].state != NODE_ABSENT)
			(void)strv_addf(&words, "%d:%s", now->topology->nodes[i].id,
					now->classes->nodes[i].class < 0 ?
						"system" :
						config->classes[now->classes->nodes[i].class].name);
	return r < 0 ? NULL : strv_join(&words, " ");
}

static char *decide_plan(const struct root *root, const struct config *config)
{
	_cleanup_reconciled_ struct reconciled seen = RECONCILED_NONE;
	_cleanup_json_ json_t *doc = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	const struct reconcile r = { .root = root, .config = config };
	int e = reconcile_preview(&r, &seen, &err);

	*faulty = (struct faulty){ .seen = faulty->seen };
	doc = e < 0 ? NULL : plan_to_json(seen.plan);
	return doc ? json_text(doc) : NULL;
}

struct place {
	decide_fn decide;
	const char *tree;
	enum faulty_call call;
	int error;
	bool ever;
};

/* Lets the n-th call fail, for each n up to the number of calls. Returns how many decisions differed. */
static unsigned sweep(const struct place *p, const struct root *root, const struct config *config, const char *right)
{
	unsigned wrong = 0;

	for (uint64_t n = 1;; n++) {
		_cleanup_free_ char *text = NULL;

		*faulty = (struct faulty){ .call = p->call, .error = (uint32_t)p->error, .at = n, .ever = p->ever };
		text = p->decide(root, config);
		if (text && !streq(text, right)) {
			printf("# %s: %s number %llu%s fails with %s: %s\n", p->tree, faulty_name(p->call),
			       (unsigned long long)n, p->ever ? " and all after it" : "", strerrorname_np(p->error), text);
			wrong++;
		}
		if (faulty->seen < n)
			return wrong;
	}
}

/* A class for each origin, so that mistaking one for another shows. */
static const char classes[] =
	"{ \"version\": 1, \"classes\": { "
	"\"gpu\": { \"match\": { \"origin\": \"nvidia\" } }, "
	"\"dax\": { \"match\": { \"origin\": \"dax\" } }, "
	"\"cxl\": { \"match\": { \"origin\": \"cxl\" } }, "
	"\"acpi\": { \"match\": { \"origin\": \"acpi\", \"cpuless\": true } } }, "
	"\"groups\": { \"cdm.slice\": { \"classes\": [ \"gpu\", \"dax\", \"cxl\", \"acpi\" ] } } }";

static unsigned sweep_tree(const char *tree, decide_fn decide)
{
	static const enum faulty_call calls[] = { FAULTY_OPEN, FAULTY_READ, FAULTY_DIR, FAULTY_STAT, FAULTY_MALLOC };
	static const int errors[] = { EIO, ENOMEM, EINTR, EMFILE };
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_config_ struct config *config = NULL;
	_cleanup_free_ char *dir = NULL, *right = NULL;
	unsigned wrong = 0;

	if (asprintf(&dir, "tests/fixtures/trees/%s", tree) < 0 || root_open(dir, &root, NULL) < 0 ||
	    config_parse("classes", classes, strlen(classes), &config, NULL) < 0)
		return 1;
	right = decide(&root, config);
	if (!right)
		return 1;
	printf("# %s: %s\n", tree, right);
	for (size_t c = 0; c < ELEMENTSOF(calls); c++)
		for (size_t i = 0; i < ELEMENTSOF(errors); i++)
			for (int ever = 0; ever < 2; ever++)
				/*
				 * malloc fails with ENOMEM only. Only open fails with EMFILE, and goes on to. An
				 * interrupted call is repeated, so EINTR must not persist.
				 */
				if ((calls[c] == FAULTY_MALLOC) == (errors[i] == ENOMEM) && !(ever && errors[i] == EINTR) &&
				    (errors[i] != EMFILE || (ever && calls[c] == FAULTY_OPEN)))
					wrong += sweep(&(struct place){ decide, tree, calls[c], errors[i], ever },
						       &root, config, right);
	return wrong;
}

TEST(after_a_failure_the_classes_are_the_same_or_there_are_none)
{
	static const char *const trees[] = { "acpi", "acpi-online", "boot-cpuless", "cxl", "dax", "gh200", "power9" };

	unsigned wrong = 0;

	for (size_t i = 0; i < ELEMENTSOF(trees); i++)
		wrong += sweep_tree(trees[i], decide_classes);
	CHECK_INT(wrong, ==, 0);
}

TEST(after_a_failure_the_plan_is_the_same_or_there_is_none)
{
	static const char *const trees[] = { "acpi", "acpi-online", "dax" };

	unsigned wrong = 0;

	for (size_t i = 0; i < ELEMENTSOF(trees); i++)
		wrong += sweep_tree(trees[i], decide_plan);
	CHECK_INT(wrong, ==, 0);
}

TEST(out_of_memory_is_not_taken_for_a_damaged_state)
{
	static const char text[] =
		"{\"version\": 1, \"known\": \"0\", \"settled\": \"0-7\", \"onlined\": \"\", "
		"\"mems\": {\"a\": \"0-1\"}, \"created\": [\"a\"], \"enabled\": [\"\"]}";
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	uint64_t calls;

	tree_put(&dir, "/" STATE_FILE, text);
	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	for (uint64_t n = 1; n == 1 || calls >= n - 1; n++) {
		_cleanup_state_ struct state *s = NULL;
		int r;

		*faulty = (struct faulty){ .call = FAULTY_MALLOC, .error = ENOMEM, .at = n };
		r = state_load(&root, &s, NULL);
		calls = faulty->seen;
		*faulty = (struct faulty){ 0 };
		CHECK(r < 0 || (!s->damage && s->n_cgroups == 2));
	}
}

/* Whatever fails while the state is saved, the file is the old one or the new one, and the directory has no third. */
TEST(a_state_is_saved_wholly_or_not_at_all)
{
	static const enum faulty_call calls[] = { FAULTY_MALLOC, FAULTY_OPEN, FAULTY_WRITE, FAULTY_MAKE };
	_cleanup_tree_ struct tree dir = tree_new();
	const struct root root = { .fd = dir.fd, .live = true };

	tree_put(&dir, "/run/cdm/lock", "");
	for (size_t c = 0; c < ELEMENTSOF(calls); c++) {
		uint64_t seen = UINT64_MAX;

		for (uint64_t n = 1; n <= seen; n++) {
			struct state before = { .known = nodeset_of(0) }, after = { .known = nodeset_of(5) };
			const int error = calls[c] == FAULTY_OPEN   ? EMFILE :
					  calls[c] == FAULTY_MALLOC ? ENOMEM :
								      ENOSPC;
			_cleanup_error_ struct error err = ERROR_NONE;
			_cleanup_state_ struct state *back = NULL;
			int r;

			CHECK_INT(state_save(&root, &before, NULL), ==, 0);
			*faulty = (struct faulty){ .call = calls[c], .error = (uint32_t)error, .at = n };
			r = state_save(&root, &after, &err);
			seen = faulty->seen;
			*faulty = (struct faulty){ 0 };
			CHECK_INT(state_load(&root, &back, NULL), ==, 0);
			CHECK(!back->damage && nodeset_equal(&back->known, r < 0 ? &before.known : &after.known));
			CHECK(r == 0 || strstr(error_text(&err), "/run/cdm"));
			CHECK(calls[c] == FAULTY_MAKE || !root_exists(&root, STATE_NEW));
		}
	}
}

CHECK_MAIN()
