/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Threads, signals and children that all ask for memory at the same time. Static, with glibc and with musl. */

#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#define THREADS 64
#define ROUNDS 30

static void one_round(void)
{
	char *big = map(2 * MIB, PROT_READ | PROT_WRITE, 0), *small = map(8192, PROT_READ | PROT_WRITE, 0);

	EXPECT(big != MAP_FAILED && small != MAP_FAILED);
	EXPECT(is_bound(big) && is_bound(big + 2 * MIB - 1));
	EXPECT(!is_bound(small));
	big[MIB] = 1;
	munmap(big, 2 * MIB);
	munmap(small, 8192);
}

static void *rounds(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		one_round();
	return arg;
}

static void threads(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&t[i], NULL, rounds, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		EXPECT(pthread_join(t[i], NULL) == 0);
}

/* Signals: none is lost, changed or out of order, whatever the thread is doing ------------------------------------- */

#define SIGNALS 2000

static volatile int received, alarms, in_handler_bound;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	EXPECT(info->si_value.sival_int == received && info->si_code == SI_QUEUE && info->si_pid == getppid());
	received++;
}

/* Runs on a small alternate stack and maps memory itself. */
static void on_alarm(int sig)
{
	char *p = map(2 * MIB, PROT_READ | PROT_WRITE, 0);

	(void)sig;
	in_handler_bound += is_bound(p);
	alarms++;
	munmap(p, 2 * MIB);
}

static void send(pid_t to)
{
	for (int i = 0; i < SIGNALS; i++)
		while (sigqueue(to, SIGRTMIN, (union sigval){ .sival_int = i }) < 0)
			EXPECT(errno == EAGAIN);
}

static void signals(void)
{
	static char stack[16384 + 4096];
	const stack_t alt = { .ss_sp = stack + 4096, .ss_size = sizeof(stack) - 4096 };
	struct sigaction queued = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction ringing = { .sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_RESTART };
	sigset_t before;
	pid_t parent = getpid(), child;

	memset(stack, 0x5a, sizeof(stack));
	EXPECT(sigaltstack(&alt, NULL) == 0);
	sigaction(SIGRTMIN, &queued, NULL);
	sigaction(SIGUSR1, &ringing, NULL);
	/* The sender is the parent, so its process id is known. */
	child = fork();
	if (child > 0) {
		int status;

		for (int i = 0; i < 50; i++)
			kill(child, SIGUSR1);
		send(child);
		EXPECT(waitpid(child, &status, 0) == child);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 101);
	}
	EXPECT(getppid() == parent);
	while (received < SIGNALS || alarms == 0)
		one_round();
	EXPECT(received == SIGNALS && in_handler_bound == alarms);
	for (int i = 0; i < 4096; i++)
		EXPECT(stack[i] == 0x5a);
	/* The same signals are blocked as before. */
	sigprocmask(SIG_BLOCK, NULL, &before);
	for (int sig = 1; sig < 32; sig++)
		EXPECT(sigismember(&before, sig) == 0);
}

/* Children ---------------------------------------------------------------------------------------------------------------- */

static int ended(pid_t pid)
{
	int status = -1;

	EXPECT(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void children(char *self)
{
	static char word[] = "leaf";
	char *const leaf[] = { self, word, NULL };
	char *const none[] = { NULL };
	char *before = map(2 * MIB, PROT_READ | PROT_WRITE, 0);
	pid_t pid;

	/* It has only the children that it makes itself: the tracer is no child. */
	EXPECT(wait(NULL) == -1 && errno == ECHILD);
	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (pid == 0) {
			EXPECT(is_bound(before));
			one_round();
			pid = fork();
			if (pid == 0) {
				one_round();
				_exit(3);
			}
			_exit(ended(pid) + 1);
		}
		EXPECT(ended(pid) == 4);
		pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): vfork() is what is tested */
		if (pid == 0) {
			execve(self, leaf, none);
			_exit(1);
		}
		EXPECT(ended(pid) == 5);
		EXPECT(posix_spawn(&pid, self, NULL, NULL, leaf, none) == 0);
		EXPECT(ended(pid) == 5);
	}
	one_round();
	EXPECT(wait(NULL) == -1 && errno == ECHILD);
}

/* A thread other than the first executes a program: the other threads end, and it gets the first one's id. */
static char *me;

static void *execute(void *arg)
{
	execl(me, me, "leaf", NULL);
	return arg;
}

static void exec_of_thread(void)
{
	pthread_t t[8];
	pid_t pid = fork();

	if (pid == 0) {
		one_round();
		for (int i = 0; i < 7; i++)
			pthread_create(&t[i], NULL, rounds, NULL);
		pthread_create(&t[7], NULL, execute, NULL);
		for (;;)
			pause();
	}
	EXPECT(ended(pid) == 5);
}

int main(int argc, char **argv)
{
	me = argv[0];
	if (argc > 1 && strcmp(argv[1], "leaf") == 0) {
		one_round();
		rounds(NULL);
		return 5;
	}
	children(me);
	exec_of_thread();
	threads();
	signals();
	return 0;
}
