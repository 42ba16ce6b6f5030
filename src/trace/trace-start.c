/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Starts the tracer as a process of its own beside the program. */

#include "trace.h"

#include "arch.h"
#include "seccomp-filter.h"
#include "tracer.h"

#include "basic/root.h"
#include "libcdm/kernel/process-status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/*
 * The two exchange numbers: the tracer sends its process id, the program answers that it may be seized, and the tracer
 * sends the result.
 */
static int send_number(int fd, int n)
{
	return send(fd, &n, sizeof(n), MSG_NOSIGNAL) == (ssize_t)sizeof(n) ? 0 : -EPIPE;
}

static int receive_number(int fd, int *ret)
{
	ssize_t n;

	do
		n = recv(fd, ret, sizeof(*ret), MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret) ? 0 : -EPIPE;
}

/*
 * The tracer outlives the program that it follows. So it leaves the program's session (the terminal's signals do not
 * reach it) and its directory, blocks the signals that are sent to all processes of a scope, and closes files whose end
 * another process may wait for.
 */
static int become_tracer(const struct trace_watch *watch, int fd, int *ret_fd, int *ret_say)
{
	enum {
		SAY = 3,
		TALK = 4,
		KEEP = TRACE_KEEP,
		END = KEEP + (int)ELEMENTSOF(watch->keep)
	};
	int null, kept[ELEMENTSOF(watch->keep)];
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0 || setsid() < 0 || chdir("/") < 0)
		return -errno;
	prctl(PR_SET_NAME, "cdm-trace");
	/* First moved beyond the numbers wanted, then to them, whichever numbers they had. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, END);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	null = null < 0 ? null : fcntl(null, F_DUPFD_CLOEXEC, END);
	if (fd < 0 || null < 0)
		return -errno;
	for (size_t i = 0; i < ELEMENTSOF(kept); i++) {
		kept[i] = watch && watch->keep[i] >= 0 ? fcntl(watch->keep[i], F_DUPFD_CLOEXEC, END) : null;
		if (kept[i] < 0)
			return -errno;
	}
	*ret_say = fcntl(STDERR_FILENO, F_GETFD) < 0 ? -1 : dup3(STDERR_FILENO, SAY, O_CLOEXEC);
	*ret_fd = dup3(fd, TALK, O_CLOEXEC);
	for (int i = 0; i <= STDERR_FILENO; i++)
		(void)dup2(null, i);
	for (size_t i = 0; i < ELEMENTSOF(kept); i++)
		if (dup3(kept[i], KEEP + (int)i, O_CLOEXEC) < 0)
			return -errno;
	if (close_range(END, ~0U, 0) < 0)
		return -errno;
	return *ret_fd < 0 ? -EBADF : 0;
}

static _Noreturn void trace(const struct trace *plan, pid_t pid, int fd)
{
	int talk = -1, say_fd = -1, may, r = become_tracer(plan->watch, fd, &talk, &say_fd);

	if (r < 0 || send_number(talk, getpid()) < 0 || receive_number(talk, &may) < 0)
		_exit(1);
	r = tracer_seize(plan, pid);
	if (send_number(talk, r) < 0 || r < 0)
		_exit(1);
	close(talk);
	tracer_run(plan, pid, say_fd);
	_exit(0);
}

/* Forks through a child that ends at once, so that the program never has a child that it does not know. */
static int fork_tracer(const struct trace *plan, int fd)
{
	const pid_t pid = getpid();
	pid_t child = fork(), r;
	int status;

	if (child < 0)
		return -errno;
	if (child == 0) {
		child = fork();
		if (child == 0)
			trace(plan, pid, fd);
		_exit(child < 0);
	}
	do
		r = waitpid(child, &status, 0);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : status == 0 ? 0 : -EAGAIN;
}

static int seize_failed(const char *why, int error, struct error *err)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_free_ char *text = NULL;
	const char *tracer = NULL;
	uint64_t scope = 0;

	if (root_open(NULL, &root, NULL) >= 0) {
		(void)process_status(&root, 0, &text);
		(void)root_read_u64(&root, &scope, "proc/sys/kernel/yama/ptrace_scope");
		tracer = text ? status_field(text, "TracerPid") : NULL;
	}
	if (tracer && atoi(tracer) > 0)
		return fail(err, error,
			    "%s: process %d traces cdm-launch already, and a process can have only one tracer: start cdm-launch outside of it",
			    why, atoi(tracer));
	if (scope > 1)
		return fail(err, error, "%s: ptrace is restricted (kernel.yama.ptrace_scope is %d): %m", why, (int)scope);
	return fail(err, error, "%s: ptrace: %m", why);
}

static int get_seized(const char *why, int fd, pid_t *ret_tracer, struct error *err)
{
	int tracer, result, r = receive_number(fd, &tracer);

	if (r < 0)
		return fail(err, r, "%s: the tracer could not be started", why);
	/* Needed where Yama lets only ancestors trace; without Yama the call does not exist. */
	(void)prctl(PR_SET_PTRACER, tracer, 0, 0, 0);
	r = send_number(fd, 1);
	if (r >= 0)
		r = receive_number(fd, &result);
	(void)prctl(PR_SET_PTRACER, 0, 0, 0, 0);
	if (r < 0)
		return fail(err, r, "%s: the tracer ended unexpectedly", why);
	if (result < 0)
		return seize_failed(why, result, err);
	if (ret_tracer)
		*ret_tracer = tracer;
	return 0;
}

int trace_start(const struct trace *plan, pid_t *ret_tracer, struct error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int pair[2], r;

	if (plan->place && ARCH_AUDIT == 0)
		return fail(err, -EOPNOTSUPP,
			    "trace mode does not support this architecture, only x86-64, aarch64 and ppc64le");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(err, -errno, "%s: %m", plan->why);
	ours = pair[0];
	theirs = pair[1];
	r = fork_tracer(plan, theirs);
	if (r < 0)
		return fail(err, r, "%s: starting the tracer: %m", plan->why);
	close(TAKE_FD(theirs));
	r = get_seized(plan->why, ours, ret_tracer, err);
	return r < 0 || !plan->place ? r : filter_install(plan->place, err);
}
