/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * sigaction(2) and signal(2), for SIGSYS alone: a program that answers calls for its own seccomp filter, or ends when
 * one is trapped, must not get to see the calls of this library.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include "basic/cleanup.h"
#include "preload/own-call.h"
#include "preload/real.h"

/* What the program has set last. The handler may run while another thread sets the next. */
static struct sigaction actions[2];
static unsigned current;

static const struct sigaction *theirs(void)
{
	return &actions[__atomic_load_n(&current, __ATOMIC_ACQUIRE) % 2];
}

static bool has_handler(const struct sigaction *a)
{
	return a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN;
}

/* SA_RESETHAND is done here: the kernel would do it for our calls too. */
static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	const struct sigaction action = *theirs();
	int saved = errno;

	if (own_call_is_trapped(info)) {
		errno = saved;
		return;
	}
	if (action.sa_flags & (int)SA_RESETHAND)
		(void)real.sigaction(SIGSYS, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(sig, info, context);
	else
		action.sa_handler(sig);
}

static int change(const struct sigaction *wanted, struct sigaction *ret_old)
{
	const unsigned before = __atomic_load_n(&current, __ATOMIC_RELAXED);
	struct sigaction ours = { .sa_handler = SIG_DFL }, old;
	int r;

	if (wanted) {
		ours = actions[(before + 1) % 2] = *wanted;
		__atomic_store_n(&current, before + 1, __ATOMIC_RELEASE);
	}
	if (wanted && has_handler(wanted)) {
		ours.sa_sigaction = on_sigsys;
		ours.sa_flags = (ours.sa_flags | SA_SIGINFO) & ~(int)SA_RESETHAND;
	}
	r = real.sigaction(SIGSYS, wanted ? &ours : NULL, &old);
	if (r == 0 && ret_old)
		*ret_old = old.sa_flags & SA_SIGINFO && old.sa_sigaction == on_sigsys ? actions[before % 2] : old;
	return r;
}

_public_ int sigaction(int sig, const struct sigaction *action, struct sigaction *ret_old)
{
	return sig == SIGSYS ? change(action, ret_old) : real.sigaction(sig, action, ret_old);
}

/* As in BSD: the handler stays, and calls are restarted. */
_public_ __sighandler_t signal(int sig, __sighandler_t handler)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	if (sig != SIGSYS)
		return real.signal(sig, handler);
	(void)sigaddset(&action.sa_mask, sig);
	return change(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
}
