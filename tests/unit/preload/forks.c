/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Forks while other threads hold locks, children of _Fork(3) and clone(2), and threads that end. */

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define FROM_1M PREFER "+malloc,1048576," ANY ",0"
#define ALL PREFER "+malloc,1," ANY ",0"
#define FORKS 10

static bool stop;

static bool goes_on(void)
{
	return !__atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static int join_all(pthread_t *threads, size_t n)
{
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (size_t i = 0; i < n; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
	return 0;
}

static int status_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Locks that are held across fork ---------------------------------------------------------------------------------- */

static int allocate_in_child(void)
{
	char *p = malloc(2 * MiB);

	if (!p)
		return 1;
	mark(p, 2 * MiB, 1);
	p = realloc(p, 3 * MiB);
	if (!p || !is_marked(p, 2 * MiB, 2 * MiB + 1, 1))
		return 2;
	free(p);
	return 0;
}

static int fork_often(int times)
{
	for (int i = 0; i < times; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(allocate_in_child());
		EXPECT(status_of(pid) == 0);
	}
	return 0;
}

static void *work_under_lock(void *arg)
{
	void (*work)(void), *found = dlsym(RTLD_DEFAULT, "lockorder_work");

	memcpy(&work, &found, sizeof(found));
	while (goes_on())
		work();
	return arg;
}

SCENARIO(library_lock)
{
	pthread_t threads[2];

	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, work_under_lock, NULL) == 0);
	PASS(fork_often(FORKS));
	return join_all(threads, ELEMENTSOF(threads));
}

/*
 * getline(3) allocates with its stream locked. fflush(NULL) locks the list of streams and then each stream; fork takes
 * the list's lock.
 */
static void *flush_all(void *arg)
{
	while (goes_on())
		fflush(NULL), sched_yield();
	return arg;
}

static FILE *one_long_line(void)
{
	FILE *f = tmpfile();

	for (size_t i = 0; f && i < 3 * MiB; i++)
		fputc('x', f);
	if (f)
		fputc('\n', f);
	return f;
}

static void *read_lines(void *arg)
{
	FILE *f = one_long_line();

	while (goes_on()) {
		char *line = NULL;
		size_t n = 0;

		rewind(f);
		if (getline(&line, &n, f) < 0)
			abort();
		free(line);
	}
	fclose(f);
	return arg;
}

SCENARIO(stdio_locks)
{
	pthread_t threads[3];

	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, i == 0 ? flush_all : read_lines, NULL) == 0);
	PASS(fork_often(8));
	return join_all(threads, ELEMENTSOF(threads));
}

TEST(fork_works_while_a_library_holds_its_lock_across_it)
{
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("lockorder"), FROM_1M, "library_lock"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("lockorder"), ALL, "library_lock"), ==, 0);
}

TEST(fork_works_while_stdio_locks_are_held)
{
	CHECK_INT(under(FROM_1M, "stdio_locks"), ==, 0);
	CHECK_INT(under(ALL, "stdio_locks"), ==, 0);
}

/*
 * Threads inside the library do not cost the child its device memory (unless they cannot run for a tenth of a second),
 * and never cost the other threads of the forking program theirs.
 */
static unsigned misplaced;

static void *allocate_always(void *arg)
{
	while (goes_on()) {
		void *p = malloc(2 * MiB);

		if (!on_device(p))
			__atomic_fetch_add(&misplaced, 1, __ATOMIC_RELAXED);
		free(p);
	}
	return arg;
}

SCENARIO(busy_threads)
{
	pthread_t threads[2];
	int has = 0;

	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, allocate_always, NULL) == 0);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(on_device(malloc(2 * MiB)) ? 7 : 8);
		has += status_of(pid) == 7;
	}
	PASS(join_all(threads, ELEMENTSOF(threads)));
	EXPECT(misplaced == 0);
	EXPECT(has > FORKS / 2);
	return 0;
}

TEST(busy_threads_and_most_children_keep_device_memory)
{
	CHECK_INT(under(FROM_1M, "busy_threads"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1048576," ANY ",0", "busy_threads"), ==, 0);
}

/* Children without handlers ------------------------------------------------------------------------------------------- */

static char *block;

/* Blocks of libc's malloc are made and freed in the child too, possibly in holes of the address space. */
static int use_memory(void *arg)
{
	char *mine, *maps[64];

	(void)arg;
	for (size_t i = 0; i < ELEMENTSOF(maps); i++) {
		maps[i] = malloc(MiB - 100);
		mark(maps[i], MiB - 100, 3);
	}
	mine = malloc(3 * MiB);
	EXPECT(mine);
	mark(mine, 3 * MiB, 2);
	free(block);
	mine = realloc(mine, 5 * MiB);
	EXPECT(mine && is_marked(mine, 3 * MiB, 3 * MiB + 1, 2));
	free(mine);
	for (size_t i = 0; i < ELEMENTSOF(maps); i++) {
		EXPECT(is_marked(maps[i], MiB - 100, MiB - 100, 3));
		free(maps[i]);
	}
	return 7;
}

static int by_clone(void)
{
	size_t size = MiB;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = status_of(clone(use_memory, stack + size, SIGCHLD, NULL));

	munmap(stack, size);
	return status;
}

static int by_syscall(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, 0UL, NULL, NULL, 0UL);

	if (pid == 0)
		_exit(use_memory(NULL));
	return status_of(pid);
}

#if __GLIBC_PREREQ(2, 34)
static int by_plain_fork(void)
{
	pid_t pid = _Fork();

	if (pid == 0)
		_exit(use_memory(NULL));
	return status_of(pid);
}
#else
#define by_plain_fork by_syscall
#endif

SCENARIO(no_handlers)
{
	block = malloc(2 * MiB);
	EXPECT(on_device(block));
	mark(block, 2 * MiB, 1);
	EXPECT(by_clone() == 7);
	EXPECT(by_syscall() == 7);
	EXPECT(by_plain_fork() == 7);
	EXPECT(is_marked(block, 2 * MiB, 2 * MiB, 1));
	free(block);
	return 0;
}

/* A thread that held a lock does not exist in the child: the child must not wait for it. */
SCENARIO(no_handlers_among_threads)
{
	pthread_t threads[4];

	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, allocate_always, NULL) == 0);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, 0UL, NULL, NULL, 0UL);

		if (pid == 0) {
			alarm(10);
			free(malloc(2 * MiB));
			_exit(0);
		}
		EXPECT(status_of(pid) == 0);
	}
	return join_all(threads, ELEMENTSOF(threads));
}

/*
 * A fork without fork handlers is all that a signal handler may do; here it interrupts malloc, free and other such
 * forks.
 */
static volatile sig_atomic_t n_bad_children;
static volatile bool is_sending;

static void fork_quietly(int number)
{
	pid_t pid = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, 0UL, NULL, NULL, 0UL);

	(void)number;
	if (pid == 0)
		_exit(0);
	n_bad_children += status_of(pid) != 0;
}

static void *send_always(void *target)
{
	while (is_sending) {
		pthread_kill(*(pthread_t *)target, SIGUSR1);
		sched_yield();
	}
	return NULL;
}

SCENARIO(handlers_that_fork)
{
	pthread_t self = pthread_self(), sender;
	unsigned seed = 1;
	void *held[64] = { NULL };

	EXPECT(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = fork_quietly, .sa_flags = SA_RESTART }, NULL) == 0);
	is_sending = true;
	EXPECT(pthread_create(&sender, NULL, send_always, &self) == 0);
	for (int i = 0; i < 4 * FORKS; i++) {
		const size_t slot = (size_t)rand_r(&seed) % ELEMENTSOF(held);

		if (i % 7 == 0)
			fork_quietly(0);
		free(held[slot]);
		held[slot] = malloc((size_t)rand_r(&seed) % 70000);
		EXPECT(held[slot]);
	}
	is_sending = false;
	EXPECT(pthread_join(sender, NULL) == 0 && n_bad_children == 0);
	return 0;
}

TEST(children_made_without_fork_handlers_work)
{
	CHECK_INT(under(FROM_1M, "no_handlers"), ==, 0);
	CHECK_INT(under("3,fork=dontfork;prefer:0;+malloc,1048576," ANY ",0", "no_handlers"), ==, 0);
	CHECK_INT(under(FROM_1M, "no_handlers_among_threads"), ==, 0);
	CHECK_INT(under("3,fork=dontfork;prefer:0;+malloc,1048576," ANY ",0", "no_handlers_among_threads"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,1," ANY ",0", "handlers_that_fork"), ==, 0);
}

/* Threads that end ----------------------------------------------------------------------------------------------------- */

#define THREADS 2000

static void *nothing(void *arg)
{
	return arg;
}

/*
 * The last thing that a thread does may be to free what libc allocated for other threads; libc caches no stacks as big
 * as these.
 */
static void *create_detached(void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	int n = 0;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 16 * MiB);
	while (n < THREADS / 2)
		n += pthread_create(&thread, &attr, nothing, NULL) == 0;
	return arg;
}

SCENARIO(detached)
{
	pthread_t threads[2];

	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, create_detached, NULL) == 0);
	return join_all(threads, ELEMENTSOF(threads));
}

TEST(threads_can_free_at_their_very_end)
{
	CHECK_INT(under(ALL, "detached"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1," ANY ",0", "detached"), ==, 0);
}

/* Every block freed by a thread's last destructors can be allocated again. */
static pthread_key_t key;

static void free_in_the_third_round(void *p)
{
	static __thread int round;

	if (++round < 3)
		pthread_setspecific(key, p);
	else
		free(p);
}

static void *leave_a_block(void *arg)
{
	void *p = malloc(64 * MiB);

	mark(p, 64 * MiB, 1);
	pthread_setspecific(key, p);
	return arg;
}

SCENARIO(freed_late)
{
	size_t before;
	pthread_t thread;

	EXPECT(pthread_key_create(&key, free_in_the_third_round) == 0);
	free(malloc(2 * MiB));
	before = statm(0);
	for (int i = 0; i < 50; i++) {
		EXPECT(pthread_create(&thread, NULL, leave_a_block, NULL) == 0);
		PASS(join_all(&thread, 1));
		free(malloc(2 * MiB));
	}
	EXPECT(statm(0) < before + 1024 * MiB);
	EXPECT(statm(1) < 256 * MiB);
	return 0;
}

TEST(blocks_freed_by_late_destructors_are_reused)
{
	CHECK_INT(under(FROM_1M, "freed_late"), ==, 0);
}

/* Keys for thread-specific data ------------------------------------------------------------------------------------- */

static void *allocate_once(void *arg)
{
	char *p = malloc(2 * MiB);

	if (p)
		mark(p, 2 * MiB, 1);
	free(p);
	return p ? arg : NULL;
}

static int allocate_in_threads(bool works)
{
	pthread_t threads[4];
	void *result;

	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, allocate_once, &block) == 0);
	for (size_t i = 0; i < ELEMENTSOF(threads); i++)
		EXPECT(pthread_join(threads[i], &result) == 0 && (result != NULL) == works);
	return 0;
}

/* The program takes all keys before its first device block; when it gives one back, device memory works. */
SCENARIO(no_keys)
{
	bool strict = strstr(getenv(PLACEMENT_ENV), ";bind");
	pthread_key_t keys[PTHREAD_KEYS_MAX];
	long n = 0;
	void *p;

	while (n < PTHREAD_KEYS_MAX && pthread_key_create(&keys[n], NULL) == 0)
		n++;
	EXPECT(pthread_key_create(&key, NULL) == EAGAIN);
	for (int i = 0; i < 3; i++) {
		p = malloc(2 * MiB);
		EXPECT(strict ? !p : p && !on_device(p));
		free(p);
		PASS(allocate_in_threads(!strict));
	}
	EXPECT(pthread_key_delete(keys[n - 1]) == 0);
	p = malloc(2 * MiB);
	EXPECT(on_device(p));
	free(p);
	return allocate_in_threads(true);
}

TEST(the_library_works_when_the_program_has_all_keys)
{
	CHECK_INT(under(FROM_1M, "no_keys"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1048576," ANY ",0", "no_keys"), ==, 0);
}

CHECK_MAIN()
