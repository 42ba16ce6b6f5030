/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The steps by which a traced thread is made to bind what it has just mapped. */

#include "steps-internal.h"

#include "allow.h"
#include "seccomp-filter.h"
#include "tracee.h"

#include "basic/fill.h"
#include "basic/missing.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

const struct placement_target *steps_target(const struct steps *s, const struct thread *t)
{
	return rule_target(s->plan->place, t->rule);
}

/* Before the call ------------------------------------------------------------------------------------------------- */

/*
 * MAP_POPULATE and MAP_LOCKED fill the mapping inside mmap(2), before it could be bound: from system memory, which may
 * not have that much. Without rights there is nothing to fill (mm/gup.c, populate_vma_page_range()). So the mapping is
 * made without rights, bound, given its rights, and then filled.
 */
static int take_rights(struct thread *t, bool strict)
{
	struct arch_regs regs;
	int r = tracee_regs(t->tid, &regs);

	if (r < 0)
		return r;
	arch_set_arg(&regs, ARG_PROT, PROT_NONE);
	if (strict)
		strict_prepare(t, &regs);
	t->fills = true;
	return tracee_set_regs(t->tid, &regs);
}

/*
 * Without a scratch page nothing was bound that could be let go or filled. A process that shares its memory may have
 * been bound with another's page.
 */
static bool is_for_protect(const struct steps *s, const struct thread *t, const struct call *call)
{
	return protect_matters(s, call) && (t->process->scratch || t->process->shares);
}

static bool is_code_unasked(const struct steps *s, const struct thread *t, int rule)
{
	return !s->plan->place->rules[rule].exec && tracee_reads_code(s->root, t->tid);
}

int steps_begin(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info)
{
	struct call call = { .nr = info->seccomp.nr };
	int rule;

	/*
	 * The program's own filter asks for a tracer, which it does not have: it gets the answer that the kernel gives
	 * then.
	 */
	if (info->seccomp.ret_data != FILTER_COOKIE)
		return steps_refuse(t);
	/* This is an injected call. */
	if (t->step != STEP_NONE)
		return 0;
	memcpy(call.args, info->seccomp.args, sizeof(call.args));
	if (call.nr == SYS_clone || call.nr == SYS_clone3)
		return child_trace(t, &call);
	if (t->process->is_exempt)
		return 0;
	rule = allow_call(s->plan->place, &call);
	if (rule < 0 ? !is_for_protect(s, t, &call) && !join_may_be_for(t, &call) : is_code_unasked(s, t, rule))
		return 0;
	t->is_allowed = rule >= 0;
	t->rule = rule < 0 ? 0 : (unsigned)rule;
	t->call = call;
	t->fills = t->replaces = t->again = t->asked = t->joins = false;
	t->advised = 0;
	t->error = 0;
	t->step = STEP_CALL;
	if (call.nr == SYS_mmap &&
	    (target_is_strict(steps_target(s, t)) || call.args[ARG_FLAGS] & (MAP_POPULATE | MAP_LOCKED)))
		return take_rights(t, target_is_strict(steps_target(s, t)));
	return join_may_be_for(t, &call) ? join_prepare(s, t) : 0;
}

/* After it: the range ---------------------------------------------------------------------------------------------- */

/* Finds the range that the call has made; -ENOENT if it is not for us. */
static int find_range(struct steps *s, struct thread *t, uint64_t result)
{
	struct mapping map;
	int r;

	switch (t->call.nr) {
	case SYS_mmap:
		t->start = result;
		t->size = t->call.args[1];
		return 0;
	case SYS_mremap:
		t->start = result;
		t->size = t->call.args[2];
		r = tracee_map(s->root, t->tid, result, &map);
		if (r < 0)
			return r;
		return map.is_private_anonymous && (!map.is_exec || s->plan->place->rules[t->rule].exec) ? 0 : -ENOENT;
	case SYS_brk:
		/*
		 * Growth does not inherit the policy, so it is a separate VMA, the last one, until it is bound
		 * (do_brk_flags()).
		 */
		if (result != t->call.args[0])
			return -ENOENT;
		r = tracee_map(s->root, t->tid, result - 1, &map);
		if (r < 0)
			return r;
		t->start = map.start;
		t->size = map.end - map.start;
		return map.is_heap && !map.is_exec ? 0 : -ENOENT;
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		t->start = t->call.args[0];
		t->size = 0;
		return 0;
	default:
		return -ENOENT;
	}
}

/* Injected calls --------------------------------------------------------------------------------------------------- */

static int fill(struct steps *s, struct thread *t)
{
	const bool writes = t->call.args[ARG_PROT] & PROT_WRITE;

	if (target_is_strict(steps_target(s, t)))
		return strict_begin(s, t);
	if (!t->fills || t->call.args[ARG_PROT] == PROT_NONE)
		return steps_finish(t);
	return steps_run(t, STEP_FILL,
			 &(struct call){ .nr = SYS_madvise,
					 .args = { t->start, t->size, writes ? MADV_POPULATE_WRITE : MADV_POPULATE_READ } });
}

static int give_rights(struct steps *s, struct thread *t)
{
	if (!t->fills || t->call.args[ARG_PROT] == PROT_NONE)
		return fill(s, t);
	return steps_run(t, STEP_RIGHTS,
			 &(struct call){ .nr = SYS_mprotect, .args = { t->start, t->size, t->call.args[ARG_PROT] } });
}

/* The nth thing that is asked of a range besides its policy. Returns false if there are no more. */
static bool advice(const struct steps *s, const struct thread *t, unsigned n, struct call *ret)
{
	const struct placement_target *target = steps_target(s, t);
	const int huge = target_advice(target);
	const struct call all[] = {
		{ .nr = SYS_madvise, .args = { t->start, t->size, (uint64_t)huge } },
		{ .nr = SYS_madvise, .args = { t->start, t->size, MADV_DONTFORK } },
		{ .nr = SYS_set_mempolicy_home_node, .args = { t->start, t->size, target->home, 0 } },
	};
	/* A child without its heap could not do anything. */
	const bool wanted[] = { huge != 0, s->plan->place->dont_fork && t->call.nr != SYS_brk, target->has_home };

	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		if (wanted[i] && n-- == 0) {
			*ret = all[i];
			return true;
		}
	return false;
}

/* Advice that the kernel does not take changes nothing: the range is bound. */
static int advise(struct steps *s, struct thread *t)
{
	struct call call;

	return advice(s, t, t->advised++, &call) ? steps_run(t, STEP_ADVISE, &call) : give_rights(s, t);
}

void steps_tell(const struct steps *s, const struct thread *t, int error)
{
	struct trace_watch *watch = s->plan->watch;

	if (watch)
		watch->bound(watch, t->rule, t->size, error);
}

/* The range stays on system nodes, where the task policy puts all memory that is not bound. */
static int cannot_bind(struct steps *s, struct thread *t, int error)
{
	/* A mapping whose policy cannot be asked for keeps it. */
	if (protect_matters(s, &t->call))
		return steps_finish(t);
	s->failures++;
	s->error = error;
	steps_tell(s, t, error);
	return target_is_strict(steps_target(s, t)) ? strict_undo(t, -ENOMEM) : give_rights(s, t);
}

int steps_bind(struct steps *s, struct thread *t)
{
	if (!t->process->scratch)
		return steps_need_scratch(t);
	/* A new mapping has no policy. One that existed, and has grown, may have one that the program gave it. */
	if (t->call.nr != SYS_mmap && !t->asked)
		return steps_ask_mode(t, STEP_POLICY, t->start);
	return steps_run(t, STEP_BIND,
			 &(struct call){ .nr = SYS_mbind,
					 .args = { t->start, t->size, (uint64_t)policy_mode(steps_target(s, t)->policy),
						   steps_nodes(t, steps_target(s, t)->index),
						   steps_words(&steps_target(s, t)->nodes) * NODESET_WORD_BITS + 1, 0 } });
}

/* Goes on with what the call was for. */
static int go_on(struct steps *s, struct thread *t)
{
	return protect_matters(s, &t->call) ? protect_look(s, t) : steps_bind(s, t);
}

static int scratch_made(struct steps *s, struct thread *t, uint64_t at)
{
	int r;

	t->process->scratch = at;
	r = steps_write_targets(s, t);
	if (r >= 0)
		return go_on(s, t);
	t->process->scratch = 0;
	return r == -ESRCH ? r : cannot_bind(s, t, r);
}

/*
 * The program has unmapped our page, which it does not know, or is a child that was made meanwhile: maps a new page,
 * once.
 */
static int scratch_gone(struct steps *s, struct thread *t, int error)
{
	if (error != -EFAULT || t->again)
		return cannot_bind(s, t, error);
	t->again = true;
	return steps_need_scratch(t);
}

static int policy_told(struct steps *s, struct thread *t)
{
	int mode, r = steps_mode(t, &mode);

	if (r < 0)
		return r == -ESRCH ? r : cannot_bind(s, t, r);
	t->asked = true;
	/*
	 * For a VMA without a policy get_mempolicy(2) returns MPOL_DEFAULT, whatever the task policy is
	 * (do_get_mempolicy()).
	 */
	if (mode == MPOL_DEFAULT)
		return steps_bind(s, t);
	return mode == policy_mode(steps_target(s, t)->policy) ? fill(s, t) : steps_finish(t);
}

static int step_in(struct steps *s, struct thread *t, uint64_t result)
{
	int r = find_range(s, t, result);

	if (r < 0) {
		t->step = STEP_NONE;
		s->failures += r != -ENOENT;
		s->error = r != -ENOENT ? r : s->error;
		return r == -ESRCH ? r : 0;
	}
	r = steps_hold_signals(t);
	return r < 0 ? r : t->process->scratch ? go_on(s, t) : steps_need_scratch(t);
}

/* Restores the arguments that the thread passed, except where the result is in the register of the first. */
static int own_arguments(struct thread *t, const struct __ptrace_syscall_info *info)
{
	for (int i = 0; i < CALL_ARGS; i++)
		arch_set_arg(&t->regs, i, t->call.args[i]);
	if (info->exit.is_error)
		arch_set_error(&t->regs, (int)info->exit.rval);
	else
		arch_set_value(&t->regs, (uint64_t)info->exit.rval);
	return tracee_set_regs(t->tid, &t->regs);
}

static int own_call_returned(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info)
{
	int r = tracee_regs(t->tid, &t->regs);

	if (r < 0)
		return r;
	if (t->fills || t->joins)
		r = own_arguments(t, info);
	if (r >= 0 && join_is_asked(s, t, info->exit.is_error ? (int)info->exit.rval : 0))
		return join_begin(s, t);
	if (r >= 0 &&
	    (code_is_made_by(&t->call) || ((t->is_allowed || protect_matters(s, &t->call)) && !info->exit.is_error)))
		return step_in(s, t, (uint64_t)info->exit.rval);
	t->step = STEP_NONE;
	return r;
}

/*
 * Whether a filter of the program has answered an injected call with SIGSYS (SECCOMP_RET_TRAP). The result is then what
 * its register held before (syscall_rollback()), which no successful injected call returns.
 */
static bool is_trapped(const struct thread *t, uint64_t result)
{
	if (t->step == STEP_SCRATCH || t->step >= STEP_MOVE)
		return result % steps_page_size() != 0;
	return t->step > STEP_CALL && !(t->step == STEP_UNDO && t->call.nr == SYS_brk) && result != 0;
}

int steps_go_on(struct steps *s, struct thread *t, const struct __ptrace_syscall_info *info)
{
	const uint64_t result = (uint64_t)info->exit.rval;
	int error = info->exit.is_error ? (int)info->exit.rval : 0;

	if (!error && is_trapped(t, result)) {
		t->is_trapped = true;
		error = -EPERM;
	}

	switch (t->step) {
	case STEP_CALL:
		return own_call_returned(s, t, info);
	case STEP_SCRATCH:
		return error ? cannot_bind(s, t, error) : scratch_made(s, t, result);
	case STEP_POLICY:
		return error ? scratch_gone(s, t, error) : policy_told(s, t);
	case STEP_BIND:
		if (error)
			return scratch_gone(s, t, error);
		steps_tell(s, t, 0);
		return advise(s, t);
	case STEP_ADVISE:
		return advise(s, t);
	case STEP_PROTECT:
		return protect_told(s, t, error);
	case STEP_CODE:
		return code_let_go(s, t, error);
	case STEP_CODE_FORK:
		return protect_look(s, t);
	case STEP_RIGHTS:
		return error ? strict_undo(t, error) : fill(s, t);
	case STEP_UNDO:
		if (t->call.nr == SYS_brk && !error)
			arch_set_value(&t->regs, result);
		return steps_finish(t);
	case STEP_FILL:
		return steps_finish(t);
	case STEP_PIECE:
	case STEP_MOVE:
	case STEP_CLAIM:
	case STEP_SHRINK:
	case STEP_BACK:
		return strict_go_on(s, t, result, error);
	case STEP_JOIN:
		return join_go_on(s, t, result, error);
	case STEP_NONE:
		return 0;
	}
	return 0;
}
