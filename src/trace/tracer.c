/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The tracer's loop: what each stop of a traced thread is, and what comes of it. */

#include "tracer.h"

#include "interrupted.h"
#include "steps.h"
#include "tracee.h"

#include <errno.h>
#include <sys/wait.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code; <asm/siginfo.h> conflicts with <signal.h> */
#endif

#define TO_FOLLOW (PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)
#define TO_BIND (PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD)
#define TO_WATCH PTRACE_O_TRACEEXIT

struct tracer {
	struct steps steps;
	struct threads threads;
	pid_t main;
	int say;
	unsigned long said;
	bool executed; /* the program has been executed */
	bool done;     /* trace_watch.done() has been called */
};

int tracer_seize(const struct trace *plan, pid_t pid)
{
	const unsigned options = TO_FOLLOW | (plan->place ? TO_BIND : 0U) | (plan->watch ? TO_WATCH : 0U);

	return ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)options) < 0 ? -errno : 0;
}

/* Prints once, since a million ranges may fail; otherwise the output is the program's alone. */
static void say(struct tracer *t, pid_t tid, const char *what)
{
	if (t->say < 0 || t->said++ > 0)
		return;
	dprintf(t->say, "cdm-launch: process %d: %s\n", (int)tid, what);
}

static int go_on(const struct thread *t, int sig)
{
	return tracee_resume(t->tid, t->step != STEP_NONE, sig);
}

/*
 * Whether this is the signal by which a filter of the program answered an injected call. It comes next (get_signal()).
 */
static bool is_answer_to_us(struct thread *t, int sig)
{
	siginfo_t info;

	if (sig != SIGSYS || !t->is_trapped || ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &info) < 0 ||
	    info.si_code != SYS_SECCOMP)
		return false;
	t->is_trapped = false;
	return true;
}

/* An ignored signal, which a traced thread gets too, must not make its call fail: that would be by our doing. */
static int at_signal(struct tracer *tracer, struct thread *t, int sig)
{
	struct arch_regs regs;
	int r = 0;

	if (is_answer_to_us(t, sig))
		return go_on(t, 0);
	if (tracee_regs(t->tid, &regs) >= 0 && arch_interrupted(&regs) >= 0 &&
	    interrupted_ignores(tracer->steps.root, t->tid, sig) &&
	    interrupted_again(tracer->steps.root, t->tid, -1, &regs))
		r = tracee_set_regs(t->tid, &regs);
	return r < 0 ? r : go_on(t, sig);
}

static int at_call(struct tracer *tracer, struct thread *t, bool is_filter)
{
	struct __ptrace_syscall_info info;
	const unsigned long failures = tracer->steps.failures;
	int r = tracee_call(t->tid, &info);

	if (r >= 0 && is_filter)
		r = steps_begin(&tracer->steps, t, &info);
	else if (r >= 0 && info.op == PTRACE_SYSCALL_INFO_EXIT)
		r = steps_go_on(&tracer->steps, t, &info);
	if (tracer->steps.failures > failures)
		say(tracer, t->process->tgid,
		    tracer->steps.error == -EPERM || tracer->steps.error == -ENOSYS || tracer->steps.error == -EACCES ?
			    "it may not call mbind, perhaps because of its own seccomp filter: its memory is not placed" :
			    "mbind has failed: memory that a rule allows is not placed");
	return r < 0 ? r : go_on(t, 0);
}

/* A stop by one of these signals lasts: the thread stays in it, and still gets SIGCONT (PTRACE_LISTEN). */
static int at_group_stop(const struct thread *t, int sig)
{
	if (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)
		return ptrace(PTRACE_LISTEN, t->tid, NULL, NULL) < 0 ? -errno : 0;
	return go_on(t, 0);
}

/* wait(2) does not report events in the order in which they happen: it may have reported the thread's end already. */
static bool is_ours(pid_t tid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)tid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0;
}

/*
 * A new thread is added before its creator goes on, so all threads of a process are known when the last of them ends.
 */
static int at_birth(struct tracer *tracer, const struct thread *t)
{
	unsigned long tid;

	if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &tid) == 0 && !threads_find(&tracer->threads, (pid_t)tid) &&
	    is_ours((pid_t)tid))
		(void)threads_add(&tracer->threads, tracer->steps.root, (pid_t)tid);
	return go_on(t, 0);
}

static void look(struct tracer *tracer, const struct thread *t)
{
	struct trace_watch *watch = tracer->steps.plan->watch;
	const struct process *p = t->process;
	unsigned long status = 0;

	if (!watch || !tracer->executed)
		return;
	(void)ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &status);
	watch->ends(watch, tracer->steps.root,
		    &(struct trace_process){
			    .pid = p->tgid, .tid = t->tid, .image = p->image, .shares = p->shares, .status = (int)status });
	if (tracer->threads.running == 0 && !tracer->done) {
		tracer->done = true;
		watch->done(watch, tracer->steps.root);
	}
}

/*
 * Called early in do_exit(), while the memory still exists. Every thread of a process gets here; the last one counts.
 */
static int at_exit_stop(struct tracer *tracer, struct thread *t)
{
	if (threads_leave(&tracer->threads, t))
		look(tracer, t);
	return go_on(t, 0);
}

static int at_stop(struct tracer *tracer, struct thread *t, int status)
{
	const int sig = WSTOPSIG(status), event = status >> 16;

	switch (event) {
	case 0:
		if (sig == (SIGTRAP | 0x80))
			return at_call(tracer, t, false);
		return at_signal(tracer, t, sig);
	case PTRACE_EVENT_SECCOMP:
		return at_call(tracer, t, true);
	case PTRACE_EVENT_STOP:
		return at_group_stop(t, sig);
	case PTRACE_EVENT_EXEC:
		threads_executed(&tracer->threads, t);
		t->process->is_exempt = tracer->executed && tracer->steps.plan->place &&
					tracer->steps.plan->place->no_inherit;
		tracer->executed = true;
		return go_on(t, 0);
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return at_birth(tracer, t);
	case PTRACE_EVENT_EXIT:
		return at_exit_stop(tracer, t);
	default:
		return go_on(t, 0);
	}
}

static void at_end(struct tracer *tracer, struct thread *t, int status)
{
	if (t->step > STEP_CALL && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		say(tracer, t->process->tgid,
		    "its own seccomp filter killed it for an mbind made by cdm-launch: it cannot run in trace mode");
	if (threads_remove(&tracer->threads, t) && tracer->steps.plan->watch)
		tracer->steps.plan->watch->lost++;
}

/*
 * A process that waits for the program's standard error to be closed must not wait for children that outlive the
 * program.
 */
static void main_ended(struct tracer *t)
{
	close(t->say);
	t->say = -1;
}

void tracer_run(const struct trace *plan, pid_t pid, int say_fd)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	struct tracer tracer = { .steps = { .plan = plan, .root = &root }, .main = pid, .say = say_fd };
	struct thread *t;
	pid_t tid;
	int status;

	if (root_open(NULL, &root, NULL) < 0)
		return;
	while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (tid < 0)
			continue;
		t = threads_find(&tracer.threads, tid);
		if (!t && WIFSTOPPED(status))
			t = threads_add(&tracer.threads, &root, tid);
		if (t && WIFSTOPPED(status)) {
			/* -ESRCH: it was killed while it was stopped. */
			(void)at_stop(&tracer, t, status);
			continue;
		}
		if (t)
			at_end(&tracer, t, status);
		if (tid == pid && !WIFSTOPPED(status) && tracer.say >= 0)
			main_ended(&tracer);
		/* There is no memory for it: it would stay stopped for ever. */
		if (!t && WIFSTOPPED(status))
			(void)kill(tid, SIGKILL);
	}
	if (plan->watch && tracer.executed && !tracer.done)
		plan->watch->done(plan->watch, &root);
}
