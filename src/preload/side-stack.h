/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * Calls f(arg) on a stack of its own, which is unmapped afterwards: for what is done rarely and needs more stack than a
 * thread may have (PTHREAD_STACK_MIN is 16 KiB), or a signal handler (SIGSTKSZ may be 8 KiB). Signals are blocked
 * meanwhile, since the kernel would take an alternate stack that this thread uses for free. Returns false, and calls
 * nothing, if there is no memory. One thread at a time: the caller holds a lock.
 */
bool side_stack_call(void (*f)(void *arg), void *arg);
