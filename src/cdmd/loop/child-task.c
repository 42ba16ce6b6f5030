/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Children of the daemon, and the pipes through which they answer. */

#include "child-task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct task {
	int epoll;
	struct source source; /* the read end of the pipe */
	pid_t pid;
	bool finishes;
	task_fn done; /* NULL: abandoned */
	void *arg;
	size_t len;
	char text[TASK_TEXT_MAX + 1];
};

static unsigned running;

unsigned tasks_running(void)
{
	return running;
}

static void end(struct task *t)
{
	int status = -1;
	bool ok;

	while (waitpid(t->pid, &status, 0) < 0 && errno == EINTR)
		;
	ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	running--;
	if (t->done)
		t->done(t->arg, ok, t->text);
	loop_close(t->epoll, &t->source);
	free(t);
}

/* The pipe ends with the child, which alone has its other end. Once the text is full, a read of no bytes ends it. */
static int on_output(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	struct task *t = s->arg;
	ssize_t n = read(s->fd, t->text + t->len, TASK_TEXT_MAX - t->len);

	if (n > 0)
		t->len += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		end(t);
	return 0;
}

/* Closes every other descriptor: above all the daemon's lock, which the next daemon needs. */
static void keep_only(const struct task_work *work, int out)
{
	int first = 3;

	for (;;) {
		int next = out >= first ? out : -1;

		for (size_t i = 0; i < work->n_keep; i++)
			if (work->keep[i] >= first && (next < 0 || work->keep[i] < next))
				next = work->keep[i];
		if (next < 0)
			break;
		if (next > first)
			(void)syscall(SYS_close_range, first, next - 1, 0);
		first = next + 1;
	}
	(void)syscall(SYS_close_range, first, ~0U, 0);
}

static _Noreturn void child(const struct task_work *work, int out)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	keep_only(work, out);
	alarm(work->limit_sec);
	_exit(work->run(work->arg, out) ? 0 : 1);
}

int task_start(int epoll, const struct task_work *work, task_fn done, void *arg, struct task **ret, struct error *err)
{
	_cleanup_free_ struct task *t = calloc(1, sizeof(*t));
	int ends[2], r;
	pid_t pid;

	if (!t)
		return fail(err, -ENOMEM, "%m");
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail(err, -errno, "pipe: %m");
	pid = fork();
	if (pid == 0)
		child(work, ends[1]);
	r = pid < 0 ? -errno : 0;
	close(ends[1]);
	t->epoll = epoll;
	t->source = (struct source){ ends[0], on_output, t };
	t->pid = pid;
	t->finishes = work->finishes;
	t->done = done;
	t->arg = arg;
	r = r < 0 ? fail(err, r, "fork: %m") : loop_add(epoll, &t->source, EPOLLIN, err);
	if (r < 0) {
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		close(ends[0]);
		return r;
	}
	running++;
	*ret = TAKE_PTR(t);
	return 0;
}

void task_abandon(struct task *t)
{
	t->done = NULL;
	if (!t->finishes)
		kill(t->pid, SIGKILL);
}
