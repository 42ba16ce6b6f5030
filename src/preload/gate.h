/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which threads are inside the arena, and which may enter. Threads are counted, so that no lock of the arena is held
 * while fork(2) runs the handlers of other libraries. A thread that forks waits until no thread is inside, and the
 * others stay outside meanwhile. No thread waits for long, since it may hold a lock that the forking thread waits for.
 */

#include <stdbool.h>

/*
 * Whether the calling thread cannot use the arena: it is inside already (and this is a signal handler), its
 * thread-specific data are gone, or it belongs to a child that has no arena (gate_is_lost()).
 */
bool gate_is_shut(void);

/*
 * Whether this process is a child that cannot use the arena: it was forked while another thread was inside, which does
 * not exist in the child and so cannot finish; or children have no device memory (bind_dont_fork). The parent's blocks
 * are then never given back.
 */
bool gate_is_lost(void);

/*
 * Returns false if the arena cannot serve this thread now (gate_is_shut()) or at all (no key for thread-specific data
 * is left).
 */
bool gate_enter(void);
void gate_leave(void);

/*
 * Functions that a child calls before it first enters: has_memory() tells whether it has device memory. All locks of
 * the arena are free then.
 */
struct gate_child {
	bool (*has_memory)(void);
	void (*renew)(void);
};

/*
 * Must be called once, before the others. Children made without fork(2)'s handlers, by _Fork(3) or clone(2), are
 * recognized by a page that is zero in them (MADV_WIPEONFORK).
 */
void gate_init(const struct gate_child *child);

/*
 * When a thread that has been inside ends, `cleanup` is called inside the gate, with the value that the thread has set.
 */
void gate_set_cleanup(void (*cleanup)(void *value));
void gate_set_value(void *value);
