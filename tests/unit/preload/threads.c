/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Many threads at once: blocks that change threads, forks in between, and blocks that are freed late. */

#include <malloc.h>
#include <pthread.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define THREADS 16
#define ROUNDS 6000
#define SLOTS 64

/* A block contains its size and a mark, so that the thread that takes it can check all of it. */
struct block {
	size_t size;
	unsigned char mark, data[];
};

static struct block *slots[SLOTS];

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static size_t random_size(uint32_t *seed)
{
	size_t order = next_random(seed) % 22;

	return sizeof(struct block) + (next_random(seed) & ((1UL << order) - 1));
}

static bool is_whole(const struct block *b)
{
	size_t n = b->size - sizeof(*b);

	return is_marked(b->data, n, n, b->mark);
}

static struct block *allocate(uint32_t *seed)
{
	size_t size = random_size(seed);
	void *p = NULL;
	struct block *b;

	switch (next_random(seed) % 4) {
	case 0:
		p = malloc(size);
		break;
	case 1:
		p = calloc(1, size);
		if (p && !is_zero(p, size))
			return NULL;
		break;
	case 2:
		p = realloc(NULL, size);
		break;
	default:
		if (posix_memalign(&p, 64UL << next_random(seed) % 8, size) != 0)
			return NULL;
	}
	b = p;
	if (!b)
		return NULL;
	b->size = size;
	b->mark = (unsigned char)*seed;
	mark(b->data, size - sizeof(*b), b->mark);
	return b;
}

/* Resizes a block; the kept part must be unchanged. */
static struct block *resize(struct block *b, uint32_t *seed)
{
	size_t size = random_size(seed), old = b->size;
	unsigned char value = b->mark;

	b = realloc(b, size);
	if (!b || !is_marked(b->data, old - sizeof(*b), size - sizeof(*b), value))
		return NULL;
	b->size = size;
	mark(b->data, size - sizeof(*b), value);
	return b;
}

/* Puts blocks into shared slots and frees what was there, mostly blocks of other threads. */
static void *mix(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg * 7919 + 1;

	for (int i = 0; i < ROUNDS; i++) {
		struct block *b = allocate(&seed);

		if (!b || !is_whole(b))
			return b;
		b = __atomic_exchange_n(&slots[next_random(&seed) % SLOTS], b, __ATOMIC_ACQ_REL);
		if (b && !is_whole(b))
			return b;
		if (b && next_random(&seed) % 4 == 0)
			b = resize(b, &seed);
		free(b);
	}
	return arg;
}

static int run_threads(pthread_t *threads, unsigned n, void *(*run)(void *))
{
	for (unsigned i = 0; i < n; i++)
		EXPECT(pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)(i + 1)) == 0);
	return 0;
}

static int join_threads(pthread_t *threads, unsigned n)
{
	void *result;

	for (unsigned i = 0; i < n; i++)
		EXPECT(pthread_join(threads[i], &result) == 0 && result == (void *)(uintptr_t)(i + 1));
	return 0;
}

SCENARIO(mixing)
{
	pthread_t threads[THREADS];

	PASS(run_threads(threads, THREADS, mix));
	PASS(join_threads(threads, THREADS));
	for (int i = 0; i < SLOTS; i++)
		free(slots[i]);
	return 0;
}

TEST(sixteen_threads_can_free_each_others_blocks)
{
	CHECK_INT(under(PREFER "+malloc,65536," ANY ",0", "mixing"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,0," ANY ",0"
			       ";+anon,0," ANY ",0",
			"mixing"),
		  ==, 0);
}

static bool stop;

/* Does not touch the blocks, so that most forks happen while a thread is inside the arena. */
static void *busy(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg;

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		free(malloc(64 * KiB + next_random(&seed) % (4 * MiB)));
	return arg;
}

static void *a_few(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < 20; i++) {
		struct block *b = allocate(&seed);

		if (!b || !is_whole(b))
			return NULL;
		free(b);
	}
	return arg;
}

static struct block *inherited;

static int in_child(void)
{
	pthread_t threads[2];

	alarm(60);
	if (!is_whole(inherited))
		return 1;
	free(inherited);
	if (!a_few((void *)0x1))
		return 2;
	return run_threads(threads, 2, a_few) || join_threads(threads, 2) ? 3 : 0;
}

SCENARIO(forking)
{
	pthread_t threads[4];
	uint32_t seed = 99;
	int status;

	PASS(run_threads(threads, 4, busy));
	for (int i = 0; i < 100; i++) {
		pid_t pid;

		inherited = allocate(&seed);
		pid = fork();
		EXPECT(pid >= 0);
		if (pid == 0)
			_exit(in_child());
		EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
		EXPECT(is_whole(inherited));
		free(inherited);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	return join_threads(threads, 4);
}

/* Handlers that allocate and free while the arena is locked, registered before it was set up. */
static void *made_in_handler;

static void handler(void)
{
	free(made_in_handler);
	made_in_handler = malloc(2 * MiB);
	made_in_handler = realloc(made_in_handler, 3 * MiB);
	free(malloc(100));
}

static int handlers_work(void)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		void *p = malloc(2 * MiB);

		made_in_handler = p;
		pid = fork();
		EXPECT(pid >= 0);
		if (pid == 0)
			_exit(made_in_handler ? in_child() : 9);
		EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
		EXPECT(made_in_handler);
		mark(made_in_handler, 3 * MiB, 1);
		free(made_in_handler);
		made_in_handler = NULL;
	}
	return 0;
}

SCENARIO(fork_handlers)
{
	uint32_t seed = 5;

	inherited = allocate(&seed);
	EXPECT(pthread_atfork(handler, handler, handler) == 0);
	return handlers_work();
}

TEST(children_of_a_busy_threaded_process_can_allocate)
{
	CHECK_INT(under(PREFER "+malloc,65536," ANY ",0", "forking"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,0," ANY ",0"
			       ";+anon,0," ANY ",0",
			"forking"),
		  ==, 0);
}

TEST(fork_handlers_can_allocate)
{
	CHECK_INT(under(PREFER "+malloc,65536," ANY ",0", "fork_handlers"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,0," ANY ",0", "fork_handlers"), ==, 0);
}

/* A child fills the inherited arena further: its new steps cannot all merge, but must stay few. */
SCENARIO(child_grows)
{
	int status;
	pid_t pid;

	mark(malloc(2 * MiB), 2 * MiB, 1);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 10000; i++) {
			void *p = malloc(2 * MiB);

			if (!p || !on_device(p))
				_exit(1);
			*(char *)p = 1;
		}
		_exit(count_policy("prefer (many)=static:0") > 100 ? 2 : 0);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	return 0;
}

TEST(a_child_that_allocates_makes_few_vmas)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "child_grows"), ==, 0);
}

/*
 * Blocks are freed in destructors of thread-specific data, the last after jemalloc's own clean-up; in atexit(3); at the
 * very end.
 */
static pthread_key_t key;
static void *last;

static void at_thread_end(void *p)
{
	static __thread int round;

	p = realloc(p, 3 * MiB);
	mark(p, 3 * MiB, 1);
	free(p);
	if (++round < 4)
		pthread_setspecific(key, malloc(2 * MiB));
	free(malloc(64));
}

static void *with_late_free(void *arg)
{
	pthread_setspecific(key, malloc(2 * MiB));
	free(malloc(64));
	return arg;
}

static void at_exit(void)
{
	free(last);
	last = malloc(2 * MiB);
}

__attribute__((destructor(101))) static void at_the_very_end(void)
{
	if (!last)
		return;
	mark(last, 2 * MiB, 1);
	free(last);
	last = realloc(malloc(2 * MiB), 64);
	free(last);
}

SCENARIO(late_frees)
{
	pthread_t threads[THREADS];

	EXPECT(pthread_key_create(&key, at_thread_end) == 0);
	for (int i = 0; i < 20; i++) {
		PASS(run_threads(threads, THREADS, with_late_free));
		PASS(join_threads(threads, THREADS));
	}
	last = malloc(2 * MiB);
	EXPECT(last && atexit(at_exit) == 0);
	return 0;
}

TEST(blocks_can_be_freed_at_thread_and_process_exit)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "late_frees"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,0," ANY ",0", "late_frees"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,0," ANY ",0", "late_frees"), ==, 0);
}

CHECK_MAIN()
