/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Waits until every thread of a process that is attached to stands still. */

#include "attach-internal.h"

#include "interrupted.h"
#include "tracee.h"

#include "basic/array.h"
#include "basic/clock.h"
#include "basic/strutil.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */

static int by_tid(const void *a, const void *b)
{
	const struct attached *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static struct attached *find(const struct attach *a, size_t n, pid_t tid)
{
	const struct attached wanted = { .tid = tid };

	return n ? bsearch(&wanted, a->v, n, sizeof(*a->v), by_tid) : NULL;
}

/* A stop comes with SIGCHLD, which is blocked: if it comes between the check and the wait, it stays pending. */
static int wait_for_signal(int64_t deadline)
{
	int64_t left = deadline < 0 ? 1000 : deadline - (int64_t)now_ms();
	const struct timespec ts = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
	sigset_t child;

	if (left <= 0)
		return -ETIMEDOUT;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigtimedwait(&child, NULL, &ts);
	return 0;
}

/* Takes the reports of all threads: those of killed threads must be taken before wait(2) reports the last one's end. */
int attach_wait(struct attach *a, const struct attached *t, int64_t deadline)
{
	int r = 0;

	while (t->state == ATTACHED_RUNS && r >= 0) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
		struct attached *news = tid > 0 ? find(a, a->n, tid) : NULL;

		if (news) {
			news->state = WIFSTOPPED(status) ? ATTACHED_STANDS : ATTACHED_GONE;
			news->status = status;
		} else if (tid < 0 && errno == ECHILD) {
			return -ESRCH;
		} else if (tid <= 0) {
			r = wait_for_signal(deadline);
		}
	}
	return r;
}

bool attached_is_parked(const struct attached *t)
{
	return t->state == ATTACHED_STANDS && t->status >> 16 == PTRACE_EVENT_STOP;
}

static int go_on(struct attached *t, int sig)
{
	int r = tracee_resume(t->tid, false, sig);

	if (r >= 0)
		t->state = ATTACHED_RUNS;
	return r;
}

int attached_signal(const struct attached *t)
{
	return t->status >> 16 || WSTOPSIG(t->status) == SYSCALL_STOP ? 0 : WSTOPSIG(t->status);
}

/* A signal that is about to be delivered is delivered; other stops are passed. */
static int park(struct attach *a, struct attached *t, int64_t deadline)
{
	int r = 0;

	while (r >= 0 && !attached_is_parked(t)) {
		if (t->state == ATTACHED_STANDS && t->status >> 16 == PTRACE_EVENT_EXEC)
			return -EAGAIN;
		if (t->state == ATTACHED_STANDS)
			r = go_on(t, attached_signal(t));
		if (r >= 0)
			r = attach_wait(a, t, deadline);
		if (t->state == ATTACHED_GONE)
			r = -ESRCH;
	}
	return r;
}

int attach_park(struct attach *a, struct attached *t)
{
	int r = ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL) < 0 ? -errno : go_on(t, 0);

	return r < 0 ? r : park(a, t, -1);
}

/* All threads ------------------------------------------------------------------------------------------------------ */

/* The kernel reports several reasons with one number (ptrace_attach()), so the message lists them. */
static int seize_failed(const struct attach *a, int error, struct error *err)
{
	uint64_t scope = 0;

	(void)root_read_u64(a->root, &scope, "proc/sys/kernel/yama/ptrace_scope");
	if (error != -EPERM)
		return fail(err, error, "process %d: ptrace: %m", (int)a->pid);
	if (scope > 2)
		return fail(err, error, "process %d: ptrace is switched off on this system (kernel.yama.ptrace_scope is 3)",
			    (int)a->pid);
	return fail(err, error,
		    "process %d: may not be traced: it is another user's, or has changed its user or its privileges, or a "
		    "security module forbids it%s: run cdm-launch as root",
		    (int)a->pid, scope ? ", or kernel.yama.ptrace_scope lets only ancestors trace a process" : "");
}

/* A thread that is exiting cannot be seized, and need not be. */
static int seize(struct attach *a, pid_t tid, struct error *err)
{
	if (!RESERVE(a->v, a->n))
		return fail(err, -ENOMEM, "process %d: %m", (int)a->pid);
	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)ATTACH_OPTIONS) < 0) {
		const int error = -errno;
		const long state = attach_field_of(a->root, tid, "State");

		return error == -ESRCH || state < 0 || state == 'Z' || state == 'X' ? 0 : seize_failed(a, error, err);
	}
	a->v[a->n++] = (struct attached){ .tid = tid };
	return 1;
}

/*
 * Seizes the threads that are not seized yet, then stops them. Returns how many. All are seized before any is stopped:
 * a traced thread gets ignored signals too, such as SIGCHLD by default (sig_ignored(), kernel/signal.c), and while it
 * is stopped the kernel wakes another thread for them (complete_signal()). That thread's call may fail with EINTR,
 * which attached_save() can undo only if the thread was seized before.
 */
static int add_new_threads(struct attach *a, struct error *err)
{
	const size_t known = a->n;
	_cleanup_strv_ struct strv tids = STRV_NONE;
	int r = root_list(a->root, &tids, "proc/%d/task", (int)a->pid);

	if (r < 0)
		return r == -ENOENT || r == -ESRCH ? fail(err, -ESRCH, "process %d: has ended", (int)a->pid) :
						     fail(err, r, "/proc/%d/task: %m", (int)a->pid);
	for (size_t i = 0; i < tids.n && r >= 0; i++) {
		int tid;

		r = parse_int(tids.s[i], &tid);
		if (r >= 0 && !find(a, known, tid))
			r = seize(a, tid, err);
	}
	for (size_t i = known; i < a->n; i++) {
		a->v[i].slept = interrupted_sleeps(a->root, a->v[i].tid);
		(void)ptrace(PTRACE_INTERRUPT, a->v[i].tid, NULL, NULL);
	}
	if (a->n > known)
		qsort(a->v, a->n, sizeof(*a->v), by_tid);
	return r < 0 ? r : (int)(a->n - known);
}

static int does_not_stop(const struct attach *a, const struct attached *t, struct error *err)
{
	const long state = attach_field_of(a->root, t->tid, "State");

	return fail(err, -EBUSY,
		    "process %d: thread %d does not stop within %d s (state %c): it is in a call that nothing interrupts, such "
		    "as vfork(2) until the child executes something, or one that waits for a device: try again",
		    (int)a->pid, (int)t->tid, ATTACH_STOP_SECONDS, state < 0 ? '?' : (char)state);
}

/*
 * Repeats until no new thread appears while all known ones are stopped: stopped threads create none. Each round finds
 * few new threads, and seizes them before they can create many. A process that creates them faster is given up.
 */
int attach_stop_all(struct attach *a, struct error *err)
{
	const int64_t deadline = (int64_t)now_ms() + ATTACH_STOP_SECONDS * 1000;
	int r, added;

	while ((added = add_new_threads(a, err)) > 0) {
		for (size_t i = 0; i < a->n; i++) {
			r = a->v[i].state == ATTACHED_GONE ? 0 : park(a, &a->v[i], deadline);
			if (r == -ETIMEDOUT)
				return does_not_stop(a, &a->v[i], err);
			if (r == -EAGAIN)
				return fail(err, r, "process %d: is executing another program: try again", (int)a->pid);
			if (r < 0 && r != -ESRCH)
				return fail(err, r, "process %d: stopping thread %d: %m", (int)a->pid, (int)a->v[i].tid);
			if (r == -ESRCH)
				a->v[i].state = ATTACHED_GONE;
		}
		if ((int64_t)now_ms() > deadline)
			return fail(err, -EBUSY, "process %d: makes threads faster than they can be stopped", (int)a->pid);
	}
	return added;
}
