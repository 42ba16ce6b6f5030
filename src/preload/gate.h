/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which threads are inside the arena, and which may go in. Threads are counted, and no lock of the arena is ever held
 * while fork(2) runs other people's handlers. Whoever forks asks for quiet, and the others stay outside for that
 * moment; but nobody waits for long, since a thread may hold a lock for which the forking one waits.
 */

#include <stdbool.h>

/*
 * Whether the calling thread cannot use the arena: it is inside (a signal's handler asks), its thread-specific data are
 * gone, or it belongs to a child that has no arena (gate_is_lost()).
 */
bool gate_is_shut(void);

/*
 * Whether this process is a child that cannot use the arena: it was forked while another thread was inside, who is not
 * there to finish; or children have no device memory (bind_dont_fork). Blocks of the parent's are then never given
 * back.
 */
bool gate_is_lost(void);

/*
 * False: the arena cannot serve this thread, now (gate_is_shut()) or at all (no key for thread-specific data is left).
 */
bool gate_enter(void);
void gate_leave(void);

/*
 * What is called in a child, before it first goes in: whether it has device memory. The arena's locks are all free
 * then.
 */
struct gate_child {
	bool (*has_memory)(void);
	void (*renew)(void);
};

/*
 * Once, before the others. Children made without fork(2)'s handlers, by _Fork(3) or clone(2), are known by a page
 * (MADV_WIPEONFORK).
 */
void gate_init(const struct gate_child *child);

/*
 * At the end of each thread that has been inside, `cleanup` is called from inside, with the value that is the thread's.
 */
void gate_set_cleanup(void (*cleanup)(void *value));
void gate_set_value(void *value);
