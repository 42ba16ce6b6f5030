/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A program that prints "ready" and waits, in the state that its argument names, until its standard input ends; it
 * checks that its memory was not touched. "vfork": the parent waits for its vfork child, while another thread waits for
 * an event. "leader": the first thread has ended. "filter": a seccomp filter kills the program for injected calls.
 * "spin": it makes no system call.
 */

#include "set-filter.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static char *big, *small;

static void *wait_for_end(void *arg)
{
	char c;

	EXPECT(read(STDIN_FILENO, &c, 1) == 0);
	exit(arg ? 0 : 100);
}

/* Readable once the other process writes; epoll_wait() must not return before that. */
static int event_fd;

static void *wait_for_event(void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	EXPECT(epoll_ctl(ep, EPOLL_CTL_ADD, event_fd, &event) == 0);
	*(volatile int *)arg = 1;
	EXPECT(epoll_wait(ep, &event, 1, -1) == 1);
	return NULL;
}

static void allow_little(void)
{
	struct sock_filter v[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	set_filter(v, sizeof(v) / sizeof(v[0]));
}

static void spin(void)
{
	for (;;)
		;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "read";
	const uint64_t one = 1;
	volatile int waits = 0;
	pthread_t t;
	char c;

	big = map(4 * MIB, PROT_READ | PROT_WRITE, 0);
	small = map(65536, PROT_READ | PROT_WRITE, 0);
	memset(big, 0x5a, 4 * MIB);
	if (strcmp(how, "leader") == 0) {
		EXPECT(pthread_create(&t, NULL, wait_for_end, big) == 0);
		say_ready(big, small);
		pthread_exit(NULL);
	}
	signal(SIGTERM, _exit);
	if (strcmp(how, "filter") == 0)
		allow_little();
	if (strcmp(how, "vfork") == 0) {
		event_fd = eventfd(0, EFD_CLOEXEC);
		EXPECT(pthread_create(&t, NULL, wait_for_event, (void *)&waits) == 0);
		while (!waits)
			;
	}
	say_ready(big, small);
	if (strcmp(how, "spin") == 0)
		spin();
	if (strcmp(how, "vfork") == 0 && vfork() == 0) { /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
		(void)!read(STDIN_FILENO, &c, 1);        /* NOLINT(clang-analyzer-unix.Vfork) */
		_exit(0);
	}
	EXPECT(read(STDIN_FILENO, &c, 1) == 0);
	if (event_fd) {
		EXPECT(write(event_fd, &one, sizeof(one)) == sizeof(one));
		EXPECT(pthread_join(t, NULL) == 0);
	}
	for (size_t i = 0; i < 4 * MIB; i++)
		EXPECT(big[i] == 0x5a);
	return 0;
}
