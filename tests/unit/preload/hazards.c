/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Known dangers of preloading: signal handlers, children of every kind, programs with their own malloc. */

#include <dlfcn.h>
#include <malloc.h>
#include <signal.h>
#include <time.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define FROM_1M PREFER "+malloc,1048576," ANY ",0"
#define ALL PREFER "+malloc,0," ANY ",0"

/* Handlers that interrupt any call ---------------------------------------------------------------------------------------- */

static volatile sig_atomic_t inside, damaged;

static int in_forked(char *p)
{
	free(p);
	p = realloc(malloc(2 * MiB), 3 * MiB);
	free(p);
	return p ? 0 : 1;
}

/*
 * POSIX long allowed fork() in signal handlers, and with one thread every libc still does. This handler also calls
 * malloc, which was never safe, but works if it did not interrupt libc's own malloc and does not wait for the arena.
 */
static void fork_and_allocate(int signo)
{
	int saved = errno, status;
	char *p = malloc(2 * MiB);
	pid_t pid;

	(void)signo;
	inside += p && !on_device(p);
	pid = fork();
	if (pid == 0)
		_exit(in_forked(p));
	damaged |= !p || pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
	free(p);
	errno = saved;
}

/* SIGALRM ends a hang. The timer fires only once, as a handler may take longer than the interval. */
static int set_handler(void (*handler)(int), timer_t *ret)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };

	alarm(60);
	EXPECT(sigaction(SIGUSR1, &action, NULL) == 0);
	EXPECT(timer_create(CLOCK_MONOTONIC, &event, ret) == 0);
	return 0;
}

static void arm(timer_t timer, unsigned i)
{
	timer_settime(timer, 0, &(struct itimerspec){ .it_value = { 0, 1000 + i * 7919 % 200000 } }, NULL);
}

SCENARIO(handlers)
{
	unsigned char *blocks[16] = { NULL };
	pid_t self = getpid();
	timer_t timer;

	PASS(set_handler(fork_and_allocate, &timer));
	for (unsigned i = 0; inside < 30 && i < 100000; i++) {
		unsigned at = i % 16;

		arm(timer, i);
		EXPECT(!blocks[at] || (blocks[at][0] == at && blocks[at][MiB] == at));
		free(blocks[at]);
		blocks[at] = i % 3 ? malloc((1 + i % 4) * MiB + 1) : realloc(malloc(MiB), 2 * MiB);
		EXPECT(blocks[at] && !damaged);
		blocks[at][0] = blocks[at][MiB] = (unsigned char)at;
	}
	EXPECT(getpid() == self && inside >= 30);
	timer_delete(timer);
	/* afterwards the arena works as before */
	EXPECT(on_device(malloc(2 * MiB)));
	return 0;
}

/* The same, but the child returns to what the handler interrupted. */
static volatile sig_atomic_t is_child;

static void become_a_child(int signal)
{
	int saved = errno, status;
	char *p = malloc(2 * MiB);
	bool came_inside = p && !on_device(p);
	pid_t pid;

	(void)signal;
	free(p);
	if (came_inside && !is_child) {
		pid = fork();
		if (pid == 0)
			is_child = 1;
		else
			damaged |= waitpid(pid, &status, 0) != pid || status != 0;
		inside += pid != 0;
	}
	errno = saved;
}

SCENARIO(handlers_that_return)
{
	timer_t timer;

	PASS(set_handler(become_a_child, &timer));
	for (unsigned i = 0; inside < 10 && i < 100000; i++) {
		char *p;

		arm(timer, i);
		p = malloc((1 + i % 4) * MiB + 1);
		EXPECT(p && !damaged);
		*p = 1;
		free(p);
		if (is_child)
			_exit(malloc(2 * MiB) ? 0 : 1);
	}
	EXPECT(inside >= 10);
	return 0;
}

TEST(signal_handlers_can_fork_and_allocate)
{
	CHECK_INT(under(FROM_1M, "handlers"), ==, 0);
	CHECK_INT(under(FROM_1M, "handlers_that_return"), ==, 0);
}

/* Children ---------------------------------------------------------------------------------------------------------------- */

SCENARIO(placed)
{
	return on_device(malloc(2 * MiB)) ? 0 : 1;
}

SCENARIO(unplaced)
{
	return on_device(malloc(2 * MiB)) ? 1 : 0;
}

static char *const self[] = { (char *)"/proc/self/exe", NULL };

static int vfork_and_exec(char *const env[])
{
	int status;
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): vfork() is what is tested */

	if (pid == 0) {
		execve(self[0], self, env);
		_exit(9);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

SCENARIO(children)
{
	char *const without[] = { (char *)(uintptr_t)ENV_SCENARIO "=unplaced", NULL };
	char *p = malloc(2 * MiB);
	int status;
	pid_t pid;

	mark(p, 2 * MiB, 1);
	setenv(ENV_SCENARIO, "placed", 1);
	for (int i = 0; i < 20; i++) {
		EXPECT(vfork_and_exec(environ) == 0);
		EXPECT(vfork_and_exec(without) == 0);
		EXPECT(posix_spawn(&pid, self[0], NULL, NULL, self, environ) == 0);
		EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
		free(malloc(2 * MiB));
	}
	pid = fork();
	if (pid == 0)
		execv(self[0], self);
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	EXPECT(is_marked(p, 2 * MiB, 2 * MiB, 1));
	return 0;
}

TEST(children_inherit_the_rules_by_their_environment)
{
	CHECK_INT(under(FROM_1M, "children"), ==, 0);
}

/* Programs that bring a malloc ------------------------------------------------------------------------------------------------ */

static void *symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

static const char *file_of(const void *p)
{
	Dl_info info;

	return dladdr(p, &info) ? info.dli_fname : "";
}

/*
 * The allocator's C++ operators call its own malloc directly: their blocks are not placed, but can be freed and
 * resized.
 */
static int operators_work(const char *whose)
{
	void (*delete)(void *), *(*new)(size_t), *found = symbol("_Znwm"), *p;

	EXPECT(found && strstr(file_of(found), whose));
	memcpy(&new, &found, sizeof(found));
	found = symbol("_ZdlPv");
	memcpy(&delete, &found, sizeof(found));
	p = new (2 * MiB);
	EXPECT(p && !on_device(p));
	mark(p, 2 * MiB, 1);
	delete (p);
	p = realloc(new (100), 2 * MiB);
	EXPECT(p && on_device(p));
	free(p);
	return 0;
}

static int works_with(const char *whose)
{
	char *p = malloc(2 * MiB), *q = malloc(1000);

	EXPECT(on_device(p) && !on_device(q) && malloc_usable_size(q) >= 1000);
	mark(p, 2 * MiB, 1);
	mark(q, 1000, 2);
	q = realloc(q, 3 * MiB);
	EXPECT(on_device(q) && is_marked(q, 1000, 3 * MiB, 2));
	p = realloc(p, 1000);
	EXPECT(!on_device(p) && is_marked(p, 2 * MiB, 1000, 1));
	free(p);
	free(q);
	return operators_work(whose);
}

SCENARIO(with_jemalloc)
{
	return works_with("libjemalloc");
}

SCENARIO(with_tcmalloc)
{
	return works_with("libtcmalloc");
}

TEST(a_preloaded_jemalloc_or_tcmalloc_works_behind_ours)
{
	CHECK_INT(under_preload(PRELOAD_SO ":libjemalloc.so.2", FROM_1M, "with_jemalloc"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":libtcmalloc_minimal.so.4", FROM_1M, "with_tcmalloc"), ==, 0);
}

CHECK_MAIN()
