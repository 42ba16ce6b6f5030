/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the steps of a thread have in common, whatever its own call was. */

#include "steps.h"

#define ARG_PROT 2
#define ARG_FLAGS 3

size_t steps_page_size(void);

/* Returns the target of the rule that allows the thread's call. */
const struct placement_target *steps_target(const struct steps *s, const struct thread *t);

/* Where a target's nodes are in the thread's memory, and how many words they take. */
uint64_t steps_nodes(const struct thread *t, unsigned target);
size_t steps_words(const struct nodeset *nodes);
int steps_write_targets(const struct steps *s, const struct thread *t);

/* Makes the thread execute an injected call, as this step. */
int steps_run(struct thread *t, enum step step, const struct call *call);

/* Makes the call that the thread enters fail with ENOSYS. */
int steps_refuse(const struct thread *t);

/*
 * To be called before the first injected call: blocks signals until the thread has its own state again. SIGSYS stays
 * unblocked: sent by a filter, it would kill the thread if it were blocked (force_sig()).
 */
int steps_hold_signals(struct thread *t);

/* Restores the thread's own state, with the result of its call. */
int steps_finish(struct thread *t);

/*
 * Binds the thread's range, and asks for everything else that the rule wants. First checks whether the range has a
 * policy that the program gave it.
 */
int steps_bind(struct steps *s, struct thread *t);

/* Tells the watcher (struct trace_watch) what has become of the range. */
void steps_tell(const struct steps *s, const struct thread *t, int error);

/* Makes the thread ask for the mode of the policy at an address, as this step; steps_mode() reads the answer. */
int steps_ask_mode(struct thread *t, enum step step, uint64_t at);
int steps_mode(const struct thread *t, int *ret);

/* Makes the thread map a page for nodes and answers, as STEP_SCRATCH; then it goes on with what its call was for. */
int steps_need_scratch(struct thread *t);

/*
 * steps-protect.c: memory that becomes executable by mprotect(2) is let go, and strict memory that becomes writable is
 * filled. The mappings of the range are handled one after the other, and the policy of each is asked for.
 */
bool code_is_made_by(const struct call *call);
bool protect_matters(const struct steps *s, const struct call *call);
int protect_look(struct steps *s, struct thread *t);
int protect_told(struct steps *s, struct thread *t, int error);
int code_let_go(struct steps *s, struct thread *t, int error);

/*
 * steps-strict.c: all of a range is on its target's nodes, or the call fails and has changed nothing (basic/fill.h).
 * strict_prepare() comes first, before an mmap: the mapping is made without rights, so that nothing fills it, and not
 * over existing mappings.
 */
void strict_prepare(struct thread *t, struct arch_regs *regs);

/* Called when the range is bound and has its rights. */
int strict_begin(struct steps *s, struct thread *t);

/* The same for an existing mapping that has become writable. */
int strict_commit(struct steps *s, struct thread *t);

/* Called when a call of one of the steps from STEP_PIECE to STEP_BACK has returned. */
int strict_go_on(struct steps *s, struct thread *t, uint64_t result, int error);

/*
 * Makes the thread's call fail with this error. brk fails by returning another break than the one asked for; mprotect
 * fails with the rights changed, as POSIX allows.
 */
int strict_undo(struct thread *t, int error);

/*
 * steps-join.c: mremap of neighbouring mappings that would be one mapping if no rule had bound a part of them
 * (pieces.h). Such a call is examined before it is made if the kernel would unmap something before refusing it, and
 * otherwise after the kernel has refused it.
 */
bool join_may_be_for(const struct thread *t, const struct call *call);
int join_prepare(struct steps *s, struct thread *t);
bool join_is_asked(const struct steps *s, struct thread *t, int error);
int join_begin(struct steps *s, struct thread *t);
int join_go_on(struct steps *s, struct thread *t, uint64_t result, int error);

/* steps-child.c: a call of clone(2) or clone3(2), by which the thread might create an untraced child. */
int child_trace(const struct thread *t, const struct call *call);
