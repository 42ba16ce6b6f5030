/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Programs whose own seccomp filter answers calls with SIGSYS: their handler gets what it would get without us. */

#include <signal.h>

#include "basic/cleanup.h"
#include "scenario.h"

static volatile int trapped;
static volatile int trapped_call;

static void with_info(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	trapped++;
	trapped_call = info->si_syscall;
}

static void plain(int sig)
{
	trapped += sig == SIGSYS;
}

static void *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The library's calls fail without calling the handler; the program's own call does call it. */
static int only_own_calls(void)
{
	char *p = map(2 * MiB), *q = malloc(2 * MiB);

	EXPECT(trapped == 0);
	if (strstr(getenv(PLACEMENT_ENV), ";bind")) {
		EXPECT(p == MAP_FAILED && !q && errno == ENOMEM);
	} else {
		EXPECT(p != MAP_FAILED && q && !on_device(p) && !on_device(q));
		mark(p, 2 * MiB, 1);
		mark(q, 2 * MiB, 2);
	}
	(void)syscall(SYS_mbind, p, MiB, 0, NULL, 0UL, 0U);
	EXPECT(trapped == 1);
	return 0;
}

SCENARIO(by_sigaction)
{
	struct sigaction action = { .sa_sigaction = with_info, .sa_flags = SA_SIGINFO | SA_NODEFER }, now;

	EXPECT(sigaction(SIGSYS, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
	EXPECT(sigaction(SIGSYS, &action, &now) == 0 && now.sa_handler == SIG_DFL);
	EXPECT(sigaction(SIGSYS, NULL, &now) == 0 && now.sa_sigaction == with_info);
	EXPECT((now.sa_flags & (SA_SIGINFO | SA_NODEFER | (int)SA_RESETHAND)) == (SA_SIGINFO | SA_NODEFER));
	EXPECT(on_mbind(SECCOMP_RET_TRAP) == 0);
	PASS(only_own_calls());
	EXPECT(trapped_call == SYS_mbind);
	EXPECT(sigaction(SIGSYS, &(struct sigaction){ .sa_handler = SIG_IGN }, &now) == 0);
	EXPECT(now.sa_sigaction == with_info);
	EXPECT(sigaction(SIGSYS, NULL, &now) == 0 && now.sa_handler == SIG_IGN);
	return 0;
}

SCENARIO(by_signal)
{
	EXPECT(signal(SIGSYS, plain) == SIG_DFL && signal(SIGSYS, plain) == plain);
	EXPECT(signal(SIGUSR1, plain) == SIG_DFL && signal(SIGUSR1, SIG_DFL) == plain);
	EXPECT(on_mbind(SECCOMP_RET_TRAP) == 0);
	PASS(only_own_calls());
	EXPECT(raise(SIGSYS) == 0 && trapped == 2);
	return 0;
}

/* A handler with SA_RESETHAND is kept until the program's first own call. */
SCENARIO(for_one_signal)
{
	struct sigaction action = { .sa_handler = plain, .sa_flags = (int)SA_RESETHAND }, now;

	EXPECT(sigaction(SIGSYS, &action, NULL) == 0 && on_mbind(SECCOMP_RET_TRAP) == 0);
	PASS(only_own_calls());
	EXPECT(sigaction(SIGSYS, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
	return 0;
}

/* Every page of strict memory is checked with move_pages(2): if the check fails, the call fails. */
SCENARIO(while_filling)
{
	EXPECT(sigaction(SIGSYS, &(struct sigaction){ .sa_handler = plain }, NULL) == 0);
	EXPECT(on_call(SYS_move_pages, SECCOMP_RET_TRAP) == 0);
	EXPECT(map(2 * MiB) == MAP_FAILED && !malloc(2 * MiB) && trapped == 0);
	(void)syscall(SYS_move_pages, 0, 0UL, NULL, NULL, NULL, 0);
	EXPECT(trapped == 1);
	return 0;
}

#define EACH(policy) "3;" policy ":0;+malloc,1048576," ANY ",0;+anon,1048576," ANY ",0"

TEST(handlers_see_the_programs_calls_only)
{
	static const char *const policies[] = { EACH("prefer"), EACH("bind") };
	static const char *const all[] = { "by_sigaction", "by_signal", "for_one_signal" };

	for (size_t p = 0; p < ELEMENTSOF(policies); p++)
		for (size_t i = 0; i < ELEMENTSOF(all); i++)
			CHECK_INT(under(policies[p], all[i]), ==, 0);
	CHECK_INT(under(EACH("bind"), "while_filling"), ==, 0);
}

CHECK_MAIN()
