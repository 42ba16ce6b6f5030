/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Attaching to a process that runs: stops it, and lets it go again as it was. */

#include "attach-process.h"

#include "attach-internal.h"
#include "tracee.h"

#include "basic/clock.h"
#include "basic/strutil.h"
#include "libcdm/kernel/process-status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif

/* Which processes may be attached to ------------------------------------------------------------------------------- */

static int read_status(const struct root *root, pid_t pid, char **ret, struct error *err)
{
	int r = process_status(root, pid, ret);

	if (r == -ENOENT || r == -ESRCH)
		return fail(err, -ESRCH, "process %d: does not exist", (int)pid);
	return r < 0 ? fail(err, r, "/proc/%d/status: %m", (int)pid) : 0;
}

/* If an ancestor of ours were stopped, it could neither pass on our output nor wait for us. */
static bool has_started_us(const struct root *root, pid_t pid)
{
	pid_t p = getpid(), tgid, parent;

	while (p > 0 && p != pid) {
		if (tracee_identity(root, p, &tgid, &parent) < 0)
			return false;
		p = parent;
	}
	return p == pid;
}

/* The bytes of an ELF header that tell the machine and the word size are compared with those of our own program. */
static int check_machine(const struct root *root, pid_t pid, struct error *err)
{
	struct {
		unsigned char ident[5], rest[13], machine[2];
	} ours, theirs;
	_cleanup_close_ int a = root_openf(root, O_RDONLY, "proc/self/exe"),
			    b = root_openf(root, O_RDONLY, "proc/%d/exe", pid);

	if (b == -ENOENT || b == -ESRCH)
		return fail(err, -ESRCH, "process %d: has ended", (int)pid);
	if (b < 0)
		return fail(err, b, "/proc/%d/exe: %m%s", (int)pid,
			    b == -EACCES || b == -EPERM ? ": another user's process needs root" : "");
	if (a < 0 || pread(a, &ours, sizeof(ours), 0) != sizeof(ours) ||
	    pread(b, &theirs, sizeof(theirs), 0) != sizeof(theirs) ||
	    memcmp(ours.ident, theirs.ident, sizeof(ours.ident)) != 0 ||
	    memcmp(ours.machine, theirs.machine, sizeof(ours.machine)) != 0)
		return fail(err, -ENOEXEC,
			    "process %d: is a program for another machine or word size, whose system calls cdm-launch does not know",
			    (int)pid);
	return 0;
}

int attach_check(const struct root *root, pid_t pid, struct error *err)
{
	_cleanup_free_ char *status = NULL;
	int r = read_status(root, pid, &status, err);

	if (r < 0)
		return r;
	if (ARCH_AUDIT == 0)
		return fail(err, -EOPNOTSUPP,
			    "--attach does not support this architecture, only x86-64, aarch64 and ppc64le");
	if (attach_field(status, "Tgid") != pid)
		return fail(err, -EINVAL, "process %d: is a thread of process %ld: give that process id", (int)pid,
			    attach_field(status, "Tgid"));
	if (pid == 1)
		return fail(err, -EPERM, "process 1: is init, which must not be stopped");
	if (attach_field(status, "State") == 'Z')
		return fail(err, -ESRCH, "process %d: has ended (a zombie), or its first thread has", (int)pid);
	if (attach_field(status, "VmSize") < 0)
		return fail(err, -EPERM, "process %d: is a thread of the kernel, and has no memory of its own", (int)pid);
	if (has_started_us(root, pid))
		return fail(err, -EPERM,
			    "process %d: is cdm-launch or an ancestor of it: while stopped, it could not wait for cdm-launch",
			    (int)pid);
	if (attach_field(status, "TracerPid") > 0)
		return fail(err, -EBUSY,
			    "process %d: process %ld traces it (a debugger?), and a process can have only one tracer",
			    (int)pid, attach_field(status, "TracerPid"));
	return check_machine(root, pid, err);
}

/* Stopping it ------------------------------------------------------------------------------------------------------ */

static bool is_alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/* A signal from the terminal or a service manager must not end us while a thread is away from its own registers. */
static void block_signals(struct attach *a)
{
	sigset_t all;

	sigfillset(&all);
	/* If it were ignored, the kernel would not report stops with it (do_notify_parent_cldstop()). */
	signal(SIGCHLD, SIG_DFL);
	a->blocks = sigprocmask(SIG_SETMASK, &all, &a->signals) == 0;
}

/*
 * A seccomp filter would judge the injected calls, and might kill the process for them. It is suspended while the
 * thread is stopped, and is in force again before the thread goes on, so all of the thread's own calls are filtered.
 */
static int set_options(struct attach *a, unsigned long more)
{
	const unsigned long options = ATTACH_OPTIONS | more;
	int r = 0;

	for (size_t i = 0; i < a->n && r >= 0; i++)
		if (a->v[i].state == ATTACHED_STANDS &&
		    ptrace(PTRACE_SETOPTIONS, a->v[i].tid, NULL, (void *)options) < 0 && errno != ESRCH)
			r = -errno;
	return r;
}

static int suspend_filters(struct attach *a, struct error *err)
{
	int r;

	for (size_t i = 0; i < a->n && !a->has_seccomp; i++)
		a->has_seccomp = attach_field_of(a->root, a->v[i].tid, "Seccomp") > 0;
	if (!a->has_seccomp)
		return 0;
	r = set_options(a, PTRACE_O_SUSPEND_SECCOMP);
	return r < 0 ? fail(err, -EOPNOTSUPP,
			    "process %d: has a seccomp filter, which could refuse the injected system calls, or kill it for them: "
			    "suspending the filter takes root (CAP_SYS_ADMIN), no filter on cdm-launch itself, and a kernel with "
			    "CONFIG_CHECKPOINT_RESTORE",
			    (int)a->pid) :
		       0;
}

static int save_threads(struct attach *a, struct error *err)
{
	for (size_t i = 0; i < a->n; i++) {
		int r = a->v[i].state == ATTACHED_STANDS ? attached_save(a, &a->v[i]) : 0;

		if (r == -ESRCH)
			a->v[i].state = ATTACHED_GONE;
		else if (r == -ENOEXEC)
			return fail(err, r, "process %d: runs code of another word size", (int)a->pid);
		else if (r == -ENOTSUP)
			return fail(err, r,
				    "process %d: intercepts its own system calls (syscall user dispatch, as Wine does)",
				    (int)a->pid);
		else if (r < 0)
			return fail(err, r, "process %d: registers of thread %d: %m", (int)a->pid, (int)a->v[i].tid);
	}
	return attach_speaker(a) ? 0 : fail(err, -ESRCH, "process %d: has ended", (int)a->pid);
}

int attach_stop(const struct root *root, pid_t pid, int pidfd, struct attach **ret, struct error *err)
{
	_cleanup_attach_ struct attach *a = calloc(1, sizeof(*a));
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	int r;

	if (!a)
		return fail(err, -ENOMEM, "%m");
	a->root = root;
	a->pid = pid;
	block_signals(a);
	r = attach_stop_all(a, err);
	/* From here on the process id cannot be reused: a tracee that ends stays until its tracer has waited for it. */
	if (r >= 0 && !is_alive(pidfd))
		r = fail(err, -ESRCH, "process %d: has ended", (int)pid);
	if (r >= 0)
		r = save_threads(a, err);
	if (r >= 0)
		r = suspend_filters(a, err);
	if (r >= 0)
		r = attach_maps(a, &maps, err);
	if (r >= 0)
		r = attach_find_call(a, &maps, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(a);
	return 0;
}

int attach_maps(struct attach *a, struct maps *ret, struct error *err)
{
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	_cleanup_free_ char *text = NULL;
	const struct attached *t = attach_speaker(a);
	int r = t ? root_read(a->root, &text, NULL, "proc/%d/maps", (int)t->tid) : -ESRCH;

	if (r >= 0)
		r = maps_parse(text, &maps);
	if (r < 0)
		return fail(err, r, "/proc/%d/maps: %m", (int)a->pid);
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].state != ATTACHED_STANDS)
			continue;
		maps_mark_stack(&maps, arch_stack(&a->v[i].regs));
		maps_mark_stack(&maps, arch_thread_pointer(a->v[i].tid, &a->v[i].regs));
	}
	*ret = TAKE(maps, MAPS_NONE);
	return 0;
}

/* A thread that was stopped in vain, because another could not be, also continues as if nothing had happened. */
static void let_go(struct attach *a, struct attached *t)
{
	if (t->state != ATTACHED_STANDS)
		return;
	if (attached_is_parked(t) && !t->is_saved)
		(void)attached_save(a, t);
	(void)ptrace(PTRACE_DETACH, t->tid, NULL, (void *)(intptr_t)attached_signal(t));
	t->state = ATTACHED_GONE;
}

/*
 * Waits for a thread that is only late, now that the others run again: its call has been interrupted already, and may
 * have to be restarted. Since the caller may be about to end, a thread that sleeps on is let go when it ends
 * (exit_ptrace()).
 */
static void let_go_late(struct attach *a, struct attached *t, int64_t deadline)
{
	if (t->state == ATTACHED_RUNS && attach_field_of(a->root, t->tid, "State") != 'D')
		(void)attach_wait(a, t, deadline);
	let_go(a, t);
}

void attach_free(struct attach *a)
{
	const int64_t late = (int64_t)now_ms() + ATTACH_STOP_SECONDS * 1000;

	(void)attach_finish(a, NULL);
	if (a->has_seccomp)
		(void)set_options(a, 0);
	/* Threads whose calls fail with EINTR on any signal are let go last: see add_new_threads(). */
	for (size_t i = 0; i < a->n; i++)
		if (!a->v[i].is_made_again)
			let_go(a, &a->v[i]);
	for (size_t i = 0; i < a->n; i++)
		let_go_late(a, &a->v[i], late);
	if (a->blocks)
		sigprocmask(SIG_SETMASK, &a->signals, NULL);
	free(a->bound);
	free(a->v);
	free(a);
}
