/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * mprotect(2) of a traced program, mapping by mapping: what becomes executable is let go, and strict memory that
 * becomes writable is filled.
 */

#include "steps-internal.h"

#include "allow.h"
#include "tracee.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static bool gives_right(const struct call *call, int right)
{
	return (call->nr == SYS_mprotect || call->nr == SYS_pkey_mprotect) && (call->args[ARG_PROT] & (uint64_t)right);
}

bool code_is_made_by(const struct call *call)
{
	return gives_right(call, PROT_EXEC);
}

bool protect_matters(const struct steps *s, const struct call *call)
{
	return code_is_made_by(call) || (gives_right(call, PROT_WRITE) && allow_strict(s->plan->place));
}

/* The end of the last page that the call was about. */
static uint64_t end_of(const struct call *call)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (call->args[0] + call->args[1] + page - 1) & ~(page - 1);
}

/* A call that fails may have changed the rights of its first mappings, up to a hole (do_mprotect_pkey()). */
int protect_look(struct steps *s, struct thread *t)
{
	const uint64_t end = end_of(&t->call);

	for (uint64_t at = t->start + t->size; at < end; at = t->start + t->size) {
		struct mapping map;
		int r = tracee_map(s->root, t->tid, at, &map);

		if (r == -ENOENT)
			break;
		if (r < 0)
			return r;
		t->start = at;
		t->size = (map.end < end ? map.end : end) - at;
		if (code_is_made_by(&t->call) ? map.is_exec : map.is_private_anonymous)
			return steps_ask_mode(t, STEP_PROTECT, at);
	}
	return steps_finish(t);
}

/*
 * Decides by the mode alone: all of our policies have MPOL_F_STATIC_NODES, and the program's own rarely do. If one
 * target with this mode takes code and another does not, the memory is let go.
 */
static bool is_to_go(const struct steps *s, int mode)
{
	const struct placement *place = s->plan->place;

	for (unsigned i = 0; i < place->n_targets; i++)
		if (policy_mode(place->targets[i].policy) == mode && !target_takes_code(place, i))
			return true;
	return false;
}

/*
 * Whether the mode is that of a strict target, whose rule the range then gets. If the rules have several targets with
 * this mode, the mode does not tell which one the range belongs to, and the range is not filled.
 */
static bool is_to_fill(const struct steps *s, struct thread *t, int mode)
{
	const struct placement *place = s->plan->place;
	const struct placement_target *found = NULL;

	for (unsigned i = 0; i < place->n_rules; i++) {
		const struct placement_target *target = rule_target(place, i);

		if (!place->rules[i].allow || policy_mode(target->policy) != mode || target == found)
			continue;
		if (found)
			return false;
		found = target;
		t->rule = i;
	}
	return found && target_is_strict(found);
}

/*
 * The page for the answer may be gone, if the program has unmapped memory that it did not map: it is made anew, once.
 */
int protect_told(struct steps *s, struct thread *t, int error)
{
	int mode, r;

	if (error == -EFAULT && !t->again) {
		t->again = true;
		t->size = 0;
		return steps_need_scratch(t);
	}
	if (error)
		return protect_look(s, t);
	r = steps_mode(t, &mode);
	if (r < 0)
		return r;
	if (code_is_made_by(&t->call) && is_to_go(s, mode))
		return steps_run(t, STEP_CODE,
				 &(struct call){ .nr = SYS_mbind,
						 .args = { t->start, t->size, MPOL_DEFAULT, 0, 0, MPOL_MF_MOVE } });
	return gives_right(&t->call, PROT_WRITE) && is_to_fill(s, t, mode) ? strict_commit(s, t) : protect_look(s, t);
}

/* A forked child needs the code, whatever else is kept from it. */
int code_let_go(struct steps *s, struct thread *t, int error)
{
	struct trace_watch *watch = s->plan->watch;

	if (!error && watch)
		watch->let_go(watch, t->size);
	if (!error && s->plan->place->dont_fork)
		return steps_run(t, STEP_CODE_FORK,
				 &(struct call){ .nr = SYS_madvise, .args = { t->start, t->size, MADV_DOFORK } });
	return protect_look(s, t);
}
