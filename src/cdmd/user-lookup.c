/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Lookups of users in a child, since a database over the network may take its time. */

#include "user-lookup.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct lookup {
	struct source source; /* a pidfd of the child */
	pid_t pid;
	lookup_fn done; /* NULL: abandoned */
	void *arg;
};

static unsigned running;

unsigned lookups_running(void)
{
	return running;
}

static int on_ended(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	struct lookup *l = s->arg;
	int status = -1;

	if (waitpid(l->pid, &status, 0) == l->pid && l->done)
		l->done(l->arg, WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(s->fd);
	free(l);
	running--;
	return 0;
}

/* Closes every descriptor: above all the daemon's lock, which the next daemon needs. */
static void child(const struct config *c, const char *path, const struct peer *peer)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	alarm(LOOKUP_SEC);
	_exit(access_look_up(c, path, peer) ? 0 : 1);
}

int lookup_start(int epoll, const struct config *c, const char *path, const struct peer *peer, lookup_fn done,
		 void *arg, struct lookup **ret, struct error *err)
{
	_cleanup_free_ struct lookup *l = calloc(1, sizeof(*l));
	_cleanup_close_ int pidfd = -1;
	pid_t pid;
	int r;

	if (!l)
		return fail(err, -ENOMEM, "%m");
	pid = fork();
	if (pid < 0)
		return fail(err, -errno, "fork: %m");
	if (pid == 0)
		child(c, path, peer);
	/* The pid is still the child's: nobody has waited for it. */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	*l = (struct lookup){ { pidfd, on_ended, l }, pid, done, arg };
	r = pidfd < 0 ? fail(err, -errno, "pidfd_open: %m") : loop_add(epoll, &l->source, EPOLLIN, err);
	if (r < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return r;
	}
	running++;
	TAKE_FD(pidfd);
	*ret = TAKE_PTR(l);
	return 0;
}

void lookup_abandon(struct lookup *l)
{
	l->done = NULL;
	kill(l->pid, SIGKILL);
}
