/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A program whose children end all the time, with SIGCHLD at its default. Its other threads wait in calls that fail with
 * EINTR whenever a signal wakes them (signal(7)), and must never see that. It prints "ready" and goes on until its standard
 * input ends.
 */

#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#define PARENTS 8
#define WAITING 48

static volatile int over;

static void *have_children(void *arg)
{
	while (!over) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		EXPECT(pid > 0 && waitpid(pid, NULL, 0) == pid);
	}
	return arg;
}

static void *wait_in_vain(void *arg)
{
	const struct timeval tv = { .tv_usec = 50000 };
	int pair[2];
	char c;

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	EXPECT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0);
	while (!over) {
		errno = 0;
		EXPECT(recv(pair[0], &c, 1, 0) == -1 && errno == EAGAIN);
	}
	return arg;
}

/* The parents are created first: a tracer that stops one thread after the other stops them before those that wait. */
int main(void)
{
	pthread_t parents[PARENTS], waiting[WAITING];
	char c;

	for (int i = 0; i < PARENTS; i++)
		EXPECT(pthread_create(&parents[i], NULL, have_children, NULL) == 0);
	for (int i = 0; i < WAITING; i++)
		EXPECT(pthread_create(&waiting[i], NULL, wait_in_vain, NULL) == 0);
	say_ready(parents, waiting);
	EXPECT(read(STDIN_FILENO, &c, 1) == 0);
	over = 1;
	for (int i = 0; i < PARENTS; i++)
		EXPECT(pthread_join(parents[i], NULL) == 0);
	for (int i = 0; i < WAITING; i++)
		EXPECT(pthread_join(waiting[i], NULL) == 0);
	return 0;
}
