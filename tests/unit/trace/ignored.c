/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Signals without a handler, such as SIGCHLD: they must not make calls of the program fail with EINTR that the kernel
 * does not restart. Static, glibc.
 */

#include "victim.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static pid_t parent;

/*
 * Waits until the parent sleeps in a call and is not stopped by its tracer. Ends with the parent, so as not to wait for
 * ever.
 */
static void wait_until_it_sleeps(void)
{
	char path[64], text[512], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)parent);
	while (state != 'S') {
		FILE *f = fopen(path, "r");
		const char *end = f && fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;

		state = end ? end[2] : 0;
		if (f)
			fclose(f);
		if (!f || state == 'Z')
			_exit(0);
		if (state != 'S')
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

/*
 * Starts a child that interrupts its parent's call by an ignored signal and by its end; another child then lets the
 * call return.
 */
static void begin(int fd, const void *answer, ssize_t size)
{
	parent = getpid();
	if (fork() == 0) {
		wait_until_it_sleeps();
		kill(parent, SIGURG);
		_exit(0);
	}
	if (fork() == 0) {
		for (int i = 0; i < 3; i++) {
			if (fork() == 0) {
				wait_until_it_sleeps();
				kill(parent, i % 2 ? SIGWINCH : SIGUSR2);
				_exit(0);
			}
			wait(NULL);
		}
		wait_until_it_sleeps();
		EXPECT(fd < 0 || write(fd, answer, (size_t)size) == size);
		_exit(0);
	}
}

static void finish(void)
{
	while (wait(NULL) > 0)
		;
	EXPECT(errno == ECHILD);
}

static void waits_for_events(void)
{
	const uint64_t one = 1;
	int event = eventfd(0, 0), poll = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLIN };

	EXPECT(event >= 0 && poll >= 0 && epoll_ctl(poll, EPOLL_CTL_ADD, event, &e) == 0);
	begin(event, &one, sizeof(one));
	EXPECT(epoll_wait(poll, &e, 1, 60000) == 1);
	finish();
}

static void waits_for_a_message(void)
{
	const struct timeval patience = { .tv_sec = 60 };
	int pair[2];
	char c = 0;

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	EXPECT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
	begin(pair[1], "x", 1);
	EXPECT(recv(pair[0], &c, 1, 0) == 1 && c == 'x');
	finish();
}

static void waits_for_a_semaphore(void)
{
	struct sembuf down = { .sem_op = -1 }, up = { .sem_op = 1 };
	int id = semget(IPC_PRIVATE, 1, 0600);

	EXPECT(id >= 0);
	begin(-1, NULL, 0);
	if (fork() == 0) {
		for (int i = 0; i < 3; i++)
			wait_until_it_sleeps();
		_exit(semop(id, &up, 1) != 0);
	}
	EXPECT(semop(id, &down, 1) == 0);
	finish();
	semctl(id, 0, IPC_RMID);
}

static volatile int handled;

static void on_signal(int sig)
{
	(void)sig;
	handled++;
}

/* Signals with a handler interrupt calls as usual. */
static void is_interrupted_by_a_handler(void)
{
	int poll = epoll_create1(0);
	struct epoll_event e;

	sigaction(SIGURG, &(struct sigaction){ .sa_handler = on_signal, .sa_flags = SA_RESTART }, NULL);
	begin(-1, NULL, 0);
	EXPECT(epoll_wait(poll, &e, 1, 60000) == -1 && errno == EINTR && handled == 1);
	finish();
}

int main(void)
{
	char *p = map(4 * MIB, PROT_READ | PROT_WRITE, 0);

	EXPECT(is_bound(p));
	signal(SIGUSR2, SIG_IGN);
	waits_for_events();
	waits_for_a_message();
	waits_for_a_semaphore();
	is_interrupted_by_a_handler();
	return 0;
}
