/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A program that knows what each of its threads does and what each call must return: never EINTR, since it counts all
 * signals that it handles. It prints "ready", works until its standard input ends, and then prints how many rounds each
 * thread made. Exit status 0: everything was as expected.
 */

#include "victim.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#ifndef FUTEX_WAIT_PRIVATE
#define FUTEX_WAIT_PRIVATE 128 /* <linux/futex.h>, which does not come with musl */
#endif

#define BUSY 16
#define TICK_MS 50
#define JIFFY_MS 10 /* at most: some timeouts count jiffies, and the first has begun already */

static volatile int over, done;
static char *big, *small;

/* Makes a mapping with nothing next to it: a neighbouring thread stack would be merged with it. */
static char *map_apart(size_t size)
{
	char *p = map(size + 2 * 65536, PROT_NONE, 0);

	EXPECT(mprotect(p + 65536, size, PROT_READ | PROT_WRITE) == 0);
	return p + 65536;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Queued signals: none is lost, and none is out of order. */
static volatile int queued, sent;

static void on_queued(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	EXPECT(info->si_value.sival_int == queued && info->si_code == SI_QUEUE);
	queued++;
}

static void send_queued(void)
{
	for (int i = 0; i < 20; i++)
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = sent }) == 0)
			sent++;
		else
			EXPECT(errno == EAGAIN);
}

/* Calls that wait for a tick, or for what the ticker sends. None may return early, or with an error ------------------ */

#define EXPECT_TICK(call, result)                                          \
	do {                                                               \
		int64_t began_ = now_ms();                                 \
		errno = 0;                                                 \
		long got_ = (call);                                        \
		if (got_ != (result)) {                                    \
			fprintf(stderr, "# %s is %ld: %m\n", #call, got_); \
			_exit(100);                                        \
		}                                                          \
		EXPECT(now_ms() - began_ >= TICK_MS - JIFFY_MS);           \
	} while (0)

#define EXPECT_FAILED_TICK(call, error) EXPECT_TICK((call) < 0 ? -errno : 0, -(error))

static const struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };

static void do_nanosleep(void)
{
	EXPECT_TICK(nanosleep(&tick, NULL), 0);
}

static void do_poll(void)
{
	EXPECT_TICK(poll(NULL, 0, TICK_MS), 0);
}

static void do_ppoll(void)
{
	EXPECT_TICK(ppoll(NULL, 0, &tick, NULL), 0);
}

static void do_select(void)
{
	struct timeval tv = { .tv_usec = TICK_MS * 1000 };

	EXPECT_TICK(select(0, NULL, NULL, NULL, &tv), 0);
}

static void do_futex(void)
{
	static int word;

	EXPECT_FAILED_TICK(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &tick, NULL, 0), ETIMEDOUT);
}

static void do_epoll(void)
{
	static int ep = -1;
	struct epoll_event event;

	if (ep < 0)
		ep = epoll_create1(EPOLL_CLOEXEC);
	EXPECT_TICK(epoll_wait(ep, &event, 1, TICK_MS), 0);
}

static void do_sigtimedwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	EXPECT_FAILED_TICK(sigtimedwait(&set, NULL, &tick), EAGAIN);
}

static void do_semtimedop(void)
{
	static int id = -1;
	struct sembuf down = { .sem_op = -1 };

	if (id < 0)
		id = semget(IPC_PRIVATE, 1, 0600);
	EXPECT_FAILED_TICK(semtimedop(id, &down, 1, &tick), EAGAIN);
	if (over)
		semctl(id, 0, IPC_RMID);
}

static void do_recv(void)
{
	static int pair[2] = { -1, -1 };
	const struct timeval tv = { .tv_usec = TICK_MS * 1000 };
	char c;

	if (pair[0] < 0) {
		EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
		setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	}
	EXPECT_FAILED_TICK(recv(pair[0], &c, 1, 0), EAGAIN);
}

static int pipe_fds[2], event_fd, parked_fd;
static pthread_t suspended;
static void block(int how, int sig);
static volatile int suspended_ready, handled;

static void do_pipe(void)
{
	int64_t got;

	EXPECT(read(pipe_fds[0], &got, sizeof(got)) == sizeof(got));
	EXPECT(got == 0x1234567890abcdef);
}

static void do_eventfd(void)
{
	uint64_t n;

	EXPECT(read(event_fd, &n, sizeof(n)) == sizeof(n) && n > 0);
}

/* The signal is blocked except in sigsuspend: so it arrives only there, and is never lost. */
static void do_sigsuspend(void)
{
	sigset_t set;
	int before = handled;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	EXPECT(sigismember(&set, SIGUSR1) == 1);
	sigdelset(&set, SIGUSR1);
	suspended_ready = 1;
	EXPECT(sigsuspend(&set) == -1 && errno == EINTR);
	EXPECT(handled == before + 1);
}

static void on_usr1(int sig)
{
	(void)sig;
	handled++;
}

static void do_wait(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		nanosleep(&tick, NULL);
		_exit(7);
	}
	EXPECT(waitpid(pid, &status, 0) == pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void *sleeps(void *unused)
{
	(void)unused;
	do_nanosleep();
	return NULL;
}

static void do_threads(void)
{
	pthread_t t;

	EXPECT(pthread_create(&t, NULL, sleeps, NULL) == 0);
	EXPECT(pthread_join(t, NULL) == 0);
}

/* Only this thread gets the queued signals, so each of its calls is interrupted. */
static void do_queue(void)
{
	block(SIG_UNBLOCK, SIGRTMIN);
	for (int i = 0; i < 10; i++) {
		errno = 0;
		EXPECT(poll(NULL, 0, 5) == 0 || errno == EINTR);
	}
	block(SIG_BLOCK, SIGRTMIN);
}

static const struct role {
	const char *name;
	void (*once)(void);
} roles[] = {
	{ "nanosleep", do_nanosleep }, { "poll", do_poll },
	{ "ppoll", do_ppoll },         { "select", do_select },
	{ "futex", do_futex },         { "epoll", do_epoll },
	{ "wait", do_wait },           { "sigtimedwait", do_sigtimedwait },
	{ "semop", do_semtimedop },    { "recv", do_recv },
	{ "pipe", do_pipe },           { "eventfd", do_eventfd },
	{ "threads", do_threads },     { "sigsuspend", do_sigsuspend },
	{ "queue", do_queue },
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

static unsigned long rounds[ROLES + BUSY];

/*
 * Blocks libc's own signals, which have handlers: on architectures that overwrite the argument register (aarch64), a
 * call is surely restarted only if no handler can have interrupted it.
 */
static void block_libc(void)
{
	const uint64_t set = 3ULL << 31;

	EXPECT(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, sizeof(set)) == 0);
}

static void *play(void *arg)
{
	const struct role *role = arg;

	block_libc();
	if (role->once == do_sigsuspend)
		suspended = pthread_self();
	while (!over) {
		role->once();
		rounds[role - roles]++;
	}
	return NULL;
}

/* Busy threads: they check what they compute in general and vector registers --------------------------------------- */

typedef double vector __attribute__((vector_size(32)));

static __attribute__((noinline)) uint64_t work(uint64_t seed)
{
	vector v = { 1.5, 2.25, 3.125, 4.0625 }, w = { 1.0, 1.0, 1.0, 1.0 };
	uint64_t x = seed;

	for (int i = 0; i < 20000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		v = v * 1.0000001 + w;
	}
	return x ^ (uint64_t)(v[0] + v[1] + v[2] + v[3]);
}

static void *compute(void *arg)
{
	unsigned long *round = arg;
	const uint64_t wanted = work((uint64_t)(round - rounds));
	char *mine = big + (round - rounds - ROLES) * 4096; /* some share a page that is larger */

	while (!over) {
		EXPECT(work((uint64_t)(round - rounds)) == wanted);
		EXPECT(*mine == (char)*round);
		*mine = (char)++*round;
	}
	return NULL;
}

/* A timer whose signals are counted, as far as that is possible: they must arrive. */
static volatile int rung;

static void on_alarm(int sig)
{
	(void)sig;
	rung++;
}

static void block(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(how, &set, NULL);
}

static void *send_ticks(void *arg)
{
	const struct itimerval each = { { 0, 10000 }, { 0, 10000 } };

	(void)arg;
	/* Only this thread gets the timer's signal, so it never interrupts the calls of others. */
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &each, NULL);
	block(SIG_UNBLOCK, SIGALRM);
	while (!done) {
		const int64_t word = 0x1234567890abcdef;
		const uint64_t one = 1;
		int64_t until = now_ms() + TICK_MS;

		while (now_ms() < until) {
			errno = 0;
			EXPECT(nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL) == 0 || errno == EINTR);
		}
		EXPECT(write(pipe_fds[1], &word, sizeof(word)) == sizeof(word));
		EXPECT(write(event_fd, &one, sizeof(one)) == sizeof(one));
		if (!over)
			send_queued();
		if (suspended_ready) {
			suspended_ready = 0;
			pthread_kill(suspended, SIGUSR1);
		}
	}
	return NULL;
}

/* This thread blocks as long as the program runs, in a call that is restarted from its beginning. */
static void *park(void *arg)
{
	uint64_t n;

	EXPECT(read(parked_fd, &n, sizeof(n)) == sizeof(n) && n == 1);
	return arg;
}

int main(void)
{
	pthread_t t[ROLES + BUSY], ticker, parked;
	const uint64_t one = 1;
	char c;

	const struct sigaction queueing = { .sa_sigaction = on_queued, .sa_flags = SA_SIGINFO };

	signal(SIGUSR1, on_usr1);
	sigaction(SIGRTMIN, &queueing, NULL);
	block(SIG_BLOCK, SIGRTMIN);
	block(SIG_BLOCK, SIGUSR1);
	block(SIG_BLOCK, SIGUSR2);
	block(SIG_BLOCK, SIGALRM);
	EXPECT(pipe(pipe_fds) == 0);
	event_fd = eventfd(0, EFD_CLOEXEC);
	parked_fd = eventfd(0, EFD_CLOEXEC);
	big = map_apart(4 * MIB);
	small = map_apart(65536);
	memset(big + MIB, 0x5a, 3 * MIB);
	memset(small, 0x5a, 65536);
	for (size_t i = 0; i < ROLES; i++)
		EXPECT(pthread_create(&t[i], NULL, play, (void *)&roles[i]) == 0);
	for (size_t i = ROLES; i < ROLES + BUSY; i++)
		EXPECT(pthread_create(&t[i], NULL, compute, &rounds[i]) == 0);
	EXPECT(pthread_create(&ticker, NULL, send_ticks, NULL) == 0);
	EXPECT(pthread_create(&parked, NULL, park, NULL) == 0);
	say_ready(big, small);
	EXPECT(read(STDIN_FILENO, &c, 1) == 0);
	over = 1;
	EXPECT(write(parked_fd, &one, sizeof(one)) == sizeof(one));
	EXPECT(pthread_join(parked, NULL) == 0);
	for (size_t i = 0; i < ROLES + BUSY; i++) {
		EXPECT(pthread_join(t[i], NULL) == 0);
		EXPECT(rounds[i] > 0);
	}
	done = 1;
	EXPECT(pthread_join(ticker, NULL) == 0);
	block(SIG_UNBLOCK, SIGRTMIN);
	EXPECT(rung > 0 && handled > 0 && queued > 0 && queued == sent);
	for (size_t i = MIB; i < 4 * MIB; i++)
		EXPECT(big[i] == 0x5a);
	for (size_t i = 0; i < ROLES; i++)
		printf("%s %lu ", roles[i].name, rounds[i]);
	printf("\n");
	return 0;
}
