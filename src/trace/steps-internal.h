/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the steps of a thread have in common, whatever its own call was. */

#include "steps.h"

#define ARG_PROT 2
#define ARG_FLAGS 3

size_t steps_page_size(void);

/* Where the rule that allows its call sends it. */
const struct placement_target *steps_target(const struct steps *s, const struct thread *t);

/* Where in the thread's memory a target's nodes are, and how many words of them there are. */
uint64_t steps_nodes(const struct thread *t, unsigned target);
size_t steps_words(const struct nodeset *nodes);
int steps_write_targets(const struct steps *s, const struct thread *t);

/* Has the thread make a call that is not its own, as this step. */
int steps_run(struct thread *t, enum step step, const struct call *call);

/*
 * Before the first of them: signals wait until the thread is itself again; but that of a filter would kill it if it
 * were blocked (force_sig()).
 */
int steps_hold_signals(struct thread *t);

/* The thread's own state again, and what its call says. */
int steps_finish(struct thread *t);

/* Binds its range, and what else the rule asks for; asks first whether the range has a policy of the program's. */
int steps_bind(struct steps *s, struct thread *t);

/* Tells whoever looks on what has come of the range. */
void steps_tell(const struct steps *s, const struct thread *t, int error);

/* Has it ask for the mode of the policy at an address, as this step; and the answer. */
int steps_ask_mode(struct thread *t, enum step step, uint64_t at);
int steps_mode(const struct thread *t, int *ret);

/* Has it make a page for the nodes and for answers, as STEP_SCRATCH, behind which comes what the call was for. */
int steps_need_scratch(struct thread *t);

/*
 * steps-protect.c: what becomes executable by mprotect(2) is let go, and what is strict and becomes writable is filled.
 * Its mappings are looked at one after the other, and each is asked for its policy.
 */
bool code_is_made_by(const struct call *call);
bool protect_matters(const struct steps *s, const struct call *call);
int protect_look(struct steps *s, struct thread *t);
int protect_told(struct steps *s, struct thread *t, int error);
int code_let_go(struct steps *s, struct thread *t, int error);

/*
 * steps-strict.c: all of a range is on its target's nodes, or its call fails, and has changed nothing (basic/fill.h).
 * First, before an mmap: it is to be had without rights, so that nothing fills it, and not over what is mapped already.
 */
void strict_prepare(struct thread *t, struct arch_regs *regs);

/* The range is bound and has its rights. */
int strict_begin(struct steps *s, struct thread *t);

/* The same of a mapping that was there, and may be written to now. */
int strict_commit(struct steps *s, struct thread *t);

/* A call of one of the steps from STEP_PIECE to STEP_BACK has returned. */
int strict_go_on(struct steps *s, struct thread *t, uint64_t result, int error);

/*
 * Its call is to fail with this error: brk by a break that is not what was asked for, mprotect with the rights changed,
 * which POSIX lets it.
 */
int strict_undo(struct thread *t, int error);

/*
 * steps-join.c: mremap of neighbours that would be one mapping if no rule had bound a part of them (pieces.h). A call
 * that may be for those is looked at before it is made, where the kernel would unmap something before it refuses, and
 * else when it has been refused.
 */
bool join_may_be_for(const struct thread *t, const struct call *call);
int join_prepare(struct steps *s, struct thread *t);
bool join_is_asked(const struct steps *s, struct thread *t, int error);
int join_begin(struct steps *s, struct thread *t);
int join_go_on(struct steps *s, struct thread *t, uint64_t result, int error);
