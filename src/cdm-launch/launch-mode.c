/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Chooses the mode, preload or trace, by the program and the rules, and starts trace mode. */

#include "launch.h"

#include "trace/trace.h"
#include "libcdm/kernel/mempolicy.h"
#include "placement/placement-parse.h"

#include <errno.h>
#include <sys/mman.h>

static bool has_heap_rule(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->v[i].asks.kind == PLACEMENT_HEAP)
			return true;
	return false;
}

/* A rule that the mode cannot fulfil is refused before exec, not dropped. */
static int check_rule(enum mode mode, const struct rule *rule, struct error *err)
{
	_cleanup_free_ char *text = rule_text(rule);
	const enum placement_kind kind = rule->asks.kind;
	const char *what = NULL;

	if (mode == MODE_PRELOAD && kind == PLACEMENT_HEAP)
		return fail(err, -EOPNOTSUPP,
			    "rule '%s': libc grows the heap without calling the preload library: use --mode trace",
			    text ? text : "");
	if (mode == MODE_PRELOAD)
		return 0;
	if (kind != PLACEMENT_MALLOC && kind != PLACEMENT_ANON && kind != PLACEMENT_HEAP)
		what = placement_kinds[kind];
	for (int key = 0; key < PLACEMENT_GLOBS && !what; key++)
		what = rule->asks.globs[key] ? placement_keys[key] : NULL;
	if (!what)
		return 0;
	return fail(err, -EOPNOTSUPP,
		    "rule '%s': trace mode (for static programs, Go, heap rules, or on request) has no \"%s\": it has "
		    "malloc and anon by their size, and heap",
		    text ? text : "", what);
}

/* Refuses programs that preload mode does not reach, with the reason; kinds that it reaches have none. */
static int check_program(enum program_kind kind, const char *program, struct error *err)
{
	static const char *const why[] = {
		[PROGRAM_STATIC] = "is statically linked, so the preload library cannot be loaded into it",
		[PROGRAM_OTHER_LIBC] =
			"is dynamically linked, but not with glibc (its loader is another one, such as musl's), so the "
			"preload library cannot be loaded into it",
		[PROGRAM_GO] = "is a Go program, which gets its memory from the kernel without the preload library",
		[PROGRAM_ASAN] =
			"is built with AddressSanitizer in a library, which refuses to run behind a preload "
			"library and puts its own blocks of every size into mappings",
	};
	const char *reason = (size_t)kind < ELEMENTSOF(why) ? why[kind] : NULL;

	if (!reason)
		return 0;
	return fail(err, -EOPNOTSUPP, "%s: %s; not started, since no rule would hold: %s", program, reason,
		    kind == PROGRAM_ASAN ?
			    "build it without, or ask for --mode trace, where rules go by the size of mappings" :
			    "use --mode trace");
}

/* Trace mode would bind what a sanitizer's allocator maps, which no rule means, so it must be asked for explicitly. */
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

int launch_trace(const struct launch *l, struct trace_watch *watch, struct error *err)
{
	const struct trace plan = { .place = &l->place, .watch = watch, .why = "trace mode" };

	/* A program that another cdm-launch started in preload mode would be placed twice. */
	if (unsetenv(PLACEMENT_ENV) < 0)
		return fail(err, -errno, "environment: %m");
	return trace_start(&plan, NULL, err);
}
