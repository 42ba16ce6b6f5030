/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which way into the program, and the one from outside. */

#include "launch.h"

#include "trace/trace.h"
#include "libcdm/kernel/mempolicy.h"
#include "placement/placement-parse.h"

#include <errno.h>
#include <sys/mman.h>

_Static_assert(TARGETS_MAX == INJECT_TARGETS, "what is planned can be injected");

static bool has_heap_rule(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->v[i].kind == RULE_HEAP)
			return true;
	return false;
}

/* What cannot be done is said before exec, not dropped. */
static int check_rule(enum mode mode, const struct rule *rule, struct error *err)
{
	_cleanup_free_ char *text = rule_text(rule);
	const char *what = NULL;

	if (mode == MODE_PRELOAD && rule->kind == RULE_HEAP)
		return fail(err, -EOPNOTSUPP,
			    "rule '%s': libc makes the heap grow by itself, past the preload library: --mode trace sees it",
			    text ? text : "");
	if (mode == MODE_PRELOAD)
		return 0;
	if (rule->kind != RULE_MALLOC && rule->kind != RULE_ANON && rule->kind != RULE_HEAP)
		what = rule_kind_name(rule->kind);
	else if (rule->caller)
		what = "caller";
	else if (rule->name)
		what = "name";
	if (!what)
		return 0;
	return fail(err, -EOPNOTSUPP,
		    "rule '%s': from outside (trace mode: a static program, Go, a heap rule, or asked for) there is no "
		    "\"%s\": malloc and anon by their size, and heap",
		    text ? text : "", what);
}

/* What there is of it is said with the reason; a kind that preload mode reaches has none. */
static int check_program(enum program_kind kind, const char *program, struct error *err)
{
	static const char *const why[] = {
		[PROGRAM_STATIC] = "is statically linked, so the preload library cannot be loaded into it",
		[PROGRAM_OTHER_LIBC] =
			"is dynamically linked, but not with glibc (its loader is another one, musl's say), so the "
			"preload library cannot be loaded into it",
		[PROGRAM_GO] = "is a Go program, which asks the kernel for its memory itself, past the preload library",
		[PROGRAM_ASAN] =
			"is built with AddressSanitizer (it needs libasan.so), which refuses to run behind a preload "
			"library and puts its own blocks of every size into mappings",
	};
	const char *reason = (size_t)kind < ELEMENTSOF(why) ? why[kind] : NULL;

	if (!reason)
		return 0;
	return fail(err, -EOPNOTSUPP, "%s: %s; not started, since no rule would hold: %s", program, reason,
		    kind == PROGRAM_ASAN ?
			    "build it without, or ask for --mode trace, where rules go by the size of mappings" :
			    "--mode trace reaches it");
}

/* What a sanitizer's allocator maps is not what a rule means, so that is for those who ask for it. */
static enum mode mode_for(enum program_kind kind, const struct rules *rules)
{
	if (kind == PROGRAM_ASAN || (kind == PROGRAM_DYNAMIC && !has_heap_rule(rules)))
		return MODE_PRELOAD;
	return MODE_TRACE;
}

int launch_choose_mode(enum mode asked, enum program_kind kind, const struct rules *rules, const char *program,
		       enum mode *ret, struct error *err)
{
	enum mode mode = asked;
	int r = 0;

	if (mode == MODE_AUTO)
		mode = mode_for(kind, rules);
	if (mode == MODE_PRELOAD)
		r = check_program(kind, program, err);
	for (size_t i = 0; i < rules->n && r >= 0; i++)
		r = check_rule(mode, &rules->v[i], err);
	if (r >= 0)
		*ret = mode;
	return r;
}

int launch_trace(const struct launch *l, struct inject_watch *watch, struct error *err)
{
	static const int advices[] = { [THP_ALWAYS] = MADV_HUGEPAGE, [THP_NEVER] = MADV_NOHUGEPAGE };
	struct inject plan = { .rules = &l->rules,
			       .rule_targets = l->rule_targets,
			       .watch = watch,
			       .dont_fork = l->dont_fork,
			       .no_inherit = l->no_inherit,
			       .why = "trace mode" };

	for (size_t i = 0; i < l->n_targets; i++)
		plan.targets[i] = (struct inject_target){
			.nodes = l->targets[i].nodes,
			.mode = policy_mode(l->targets[i].policy),
			.strict = l->targets[i].policy == POLICY_BIND,
			.has_home = l->targets[i].has_home,
			.home = l->targets[i].home,
			.advice = advices[l->targets[i].thp],
		};
	for (size_t i = 0; i < l->rules.n; i++)
		if (l->rules.v[i].exec)
			plan.targets[l->rule_targets[i]].exec = true;
	/* A program that was started by another cdm-launch, by preload, would be placed twice. */
	if (unsetenv(HANDOVER_ENV) < 0)
		return fail(err, -errno, "environment: %m");
	return inject_start(&plan, NULL, err);
}
