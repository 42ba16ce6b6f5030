/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Calls that fail with EINTR when a signal wakes their thread, even if no handler runs (signal(7)). Without a tracer a
 * signal that is ignored wakes no thread; a traced thread is woken (sig_ignored(), kernel/signal.c), and so it is when
 * a tracer stops it. Such a call has not done anything yet, so it can be made again; its timeout starts anew.
 */

#include "arch.h"

#include "basic/root.h"

/*
 * Returns how often a thread has slept, if it sleeps in a call now. Returns < 0 if it does not, or without
 * ARCH_FORGETS, where the number is not needed.
 */
long interrupted_sleeps(const struct root *root, pid_t tid);

/*
 * If the thread, by its registers, returns from such a call with EINTR, changes the registers so that it makes the call
 * again, and returns true. slept: interrupted_sleeps() before it was stopped; < 0: not known. Returns false if the
 * registers may be a handler's.
 */
bool interrupted_again(const struct root *root, pid_t tid, long slept, struct arch_regs *regs);

/* Whether the signal does nothing to the thread's process: it has no handler, and is ignored. */
bool interrupted_ignores(const struct root *root, pid_t tid, int sig);
