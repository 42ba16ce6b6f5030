/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Memory that a traced program makes executable is let go, mapping by mapping. */

#include "steps-internal.h"

#include "tracee.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

bool code_is_made_by(const struct call *call)
{
	return (call->nr == SYS_mprotect || call->nr == SYS_pkey_mprotect) && (call->args[2] & PROT_EXEC);
}

/* Behind the last page that the call was about. */
static uint64_t end_of(const struct call *call)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (call->args[0] + call->args[1] + page - 1) & ~(page - 1);
}

/* A call that fails may have changed the rights of the first of its mappings, up to a hole (do_mprotect_pkey()). */
int code_look(struct steps *s, struct thread *t)
{
	const uint64_t end = end_of(&t->call);

	for (uint64_t at = t->start + t->size; at < end; at = t->start + t->size) {
		struct tracee_map map;
		int r = tracee_map(s->root, t->tid, at, &map);

		if (r == -ENOENT)
			break;
		if (r < 0)
			return r;
		t->start = at;
		t->size = (map.end < end ? map.end : end) - at;
		if (map.is_exec)
			return steps_ask_mode(t, STEP_CODE_POLICY, at);
	}
	return steps_finish(t);
}

/*
 * By its mode alone: the program's own policies rarely name their nodes for good (MPOL_F_STATIC_NODES), as all of ours
 * do. Where one place is for code too and the other is not, it is let go.
 */
static bool is_to_go(const struct steps *s, int mode)
{
	const struct placement *place = s->plan->place;

	for (unsigned i = 0; i < place->n_targets; i++)
		if (policy_mode(place->targets[i].policy) == mode && !place->targets[i].exec)
			return true;
	return false;
}

/* The page for the answer may be gone, if the program unmaps what it did not map: it is made anew, once. */
int code_policy_told(struct steps *s, struct thread *t, int error)
{
	int mode, r;

	if (error == -EFAULT && !t->again) {
		t->again = true;
		t->size = 0;
		return steps_need_scratch(t);
	}
	if (error)
		return code_look(s, t);
	r = steps_mode(t, &mode);
	if (r < 0)
		return r;
	if (!is_to_go(s, mode))
		return code_look(s, t);
	return steps_run(t, STEP_CODE,
			 &(struct call){ .nr = SYS_mbind, .args = { t->start, t->size, MPOL_DEFAULT, 0, 0, MPOL_MF_MOVE } });
}

/* A forked child needs the code, whatever else it goes without. */
int code_let_go(struct steps *s, struct thread *t, int error)
{
	struct inject_watch *watch = s->plan->watch;

	if (!error && watch)
		watch->let_go(watch, t->size);
	if (!error && s->plan->place->dont_fork)
		return steps_run(t, STEP_CODE_FORK,
				 &(struct call){ .nr = SYS_madvise, .args = { t->start, t->size, MADV_DOFORK } });
	return code_look(s, t);
}
