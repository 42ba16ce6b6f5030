/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tracks which threads are inside the arena, so that fork(2) never finds its locks held. */

#include "gate.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#include "sys.h"

/* Threads are spread over this many counters, each in its own cache line. */
#define COUNTERS 64

/*
 * How long a thread stays outside while another thread forks, and how long the forking thread waits for those inside.
 */
#define STAY_OUTSIDE_NS 100000000L
#define WAIT_FOR_QUIET_S 1

static struct {
	unsigned inside;
} __attribute__((aligned(64))) counters[COUNTERS];

static const struct gate_child *of_child;
static void (*thread_cleanup)(void *value);
static unsigned n_threads;
static unsigned forking;      /* number of threads in fork(2); threads that want to enter wait for 0 */
static bool is_in_vain;       /* one of them has waited its full time: the fork may be waiting for it */
static unsigned key_plus_one; /* a pthread_key_t, whose destructor runs when a thread ends; 0: not created yet */
static bool is_lost;

/*
 * UNKNOWN is zero, which is what the page contains in each new child: a process that has not checked yet whether it can
 * use the arena.
 */
enum {
	UNKNOWN,
	LOOKING,
	KNOWN
};
static unsigned *process;

static __thread bool busy;             /* inside, or in code that must not be interrupted by entering */
static __thread bool is_registered;    /* the destructor of the key will be called */
static __thread bool ending;           /* the destructor has run */
static __thread unsigned my_forks;     /* nesting of fork(2) in this thread: a signal handler may fork too */
static __thread unsigned counter;      /* 1 + index, 0 not chosen yet */
static __thread void *value_of_thread; /* for thread_cleanup */

static void be_busy(void)
{
	busy = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void be_free(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	busy = false;
}

static unsigned count_inside(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < COUNTERS; i++)
		n += __atomic_load_n(&counters[i].inside, __ATOMIC_SEQ_CST);
	return n;
}

/* The end of threads --------------------------------------------------------------------------------------------- */

static void come_in(void);

static void go_out(void)
{
	__atomic_fetch_sub(&counters[counter - 1].inside, 1, __ATOMIC_RELEASE);
}

static void at_thread_end(void *unused)
{
	(void)unused;
	if (value_of_thread && !gate_is_shut()) {
		be_busy();
		come_in();
		thread_cleanup(value_of_thread);
		go_out();
		be_free();
	}
	ending = true;
}

/* A failure is not final: the program may have used all keys, and may delete some later. */
static bool make_key(void)
{
	unsigned none = 0;
	pthread_key_t key;

	if (__atomic_load_n(&key_plus_one, __ATOMIC_ACQUIRE))
		return true;
	if (pthread_key_create(&key, at_thread_end) != 0)
		return false;
	if (!__atomic_compare_exchange_n(&key_plus_one, &none, key + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		(void)pthread_key_delete(key);
	return true;
}

static bool has_registered(void)
{
	if (!is_registered)
		is_registered = make_key() && pthread_setspecific(key_plus_one - 1, &busy) == 0;
	return is_registered;
}

void gate_set_cleanup(void (*cleanup)(void *value))
{
	thread_cleanup = cleanup;
}

void gate_set_value(void *value)
{
	value_of_thread = value;
}

/* Children ------------------------------------------------------------------------------------------------------- */

/*
 * Runs in a new child. fork(2) copies all memory as it is at one moment, so the counters show the threads that were
 * inside at that moment.
 */
static void look_at_child(void)
{
	unsigned seen = UNKNOWN;

	if (!__atomic_compare_exchange_n(process, &seen, LOOKING, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(process, __ATOMIC_ACQUIRE) == LOOKING)
			sched_yield();
		return;
	}
	be_busy();
	__atomic_store_n(&forking, 0, __ATOMIC_RELAXED);
	my_forks = 0;
	if (!of_child->has_memory() || ending || count_inside() || (key_plus_one && !has_registered()))
		is_lost = true;
	else if (key_plus_one)
		of_child->renew();
	__atomic_store_n(process, KNOWN, __ATOMIC_RELEASE);
	be_free();
}

static bool is_new_child(void)
{
	return process && __atomic_load_n(process, __ATOMIC_ACQUIRE) != KNOWN;
}

bool gate_is_lost(void)
{
	if (!busy && is_new_child())
		look_at_child();
	return is_lost;
}

bool gate_is_shut(void)
{
	return busy || ending || gate_is_lost();
}

/* In and out ----------------------------------------------------------------------------------------------------- */

/* Waits until no thread is forking, or the time is over: the forking thread may be waiting for this one. */
static void stay_outside(void)
{
	struct timespec patience = { 0, STAY_OUTSIDE_NS };
	unsigned n = __atomic_load_n(&forking, __ATOMIC_ACQUIRE);

	while (n && !__atomic_load_n(&is_in_vain, __ATOMIC_RELAXED)) {
		if (syscall(SYS_futex, &forking, FUTEX_WAIT_PRIVATE, n, &patience, NULL, 0) < 0 && errno == ETIMEDOUT)
			__atomic_store_n(&is_in_vain, true, __ATOMIC_RELAXED);
		n = __atomic_load_n(&forking, __ATOMIC_ACQUIRE);
	}
}

static void come_in(void)
{
	if (!counter)
		counter = 1 + __atomic_fetch_add(&n_threads, 1, __ATOMIC_RELAXED) % COUNTERS;
	__atomic_fetch_add(&counters[counter - 1].inside, 1, __ATOMIC_SEQ_CST);
	if (__builtin_expect(!__atomic_load_n(&forking, __ATOMIC_SEQ_CST), 1) || my_forks ||
	    __atomic_load_n(&is_in_vain, __ATOMIC_RELAXED))
		return;
	go_out();
	stay_outside();
	__atomic_fetch_add(&counters[counter - 1].inside, 1, __ATOMIC_SEQ_CST);
}

bool gate_enter(void)
{
	if (gate_is_shut())
		return false;
	be_busy();
	if (!has_registered()) {
		be_free();
		return false;
	}
	come_in();
	return true;
}

void gate_leave(void)
{
	go_out();
	be_free();
}

/* fork(2) -------------------------------------------------------------------------------------------------------- */

static bool is_over(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec || (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

/*
 * A signal handler may fork while its own thread is inside; that thread is not waited for. Threads inside wait for
 * nothing that threads outside hold.
 */
static void prepare(void)
{
	unsigned self = busy;
	struct timespec end;

	my_forks++;
	__atomic_store_n(&is_in_vain, false, __ATOMIC_RELAXED);
	__atomic_fetch_add(&forking, 1, __ATOMIC_SEQ_CST);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += WAIT_FOR_QUIET_S;
	while (count_inside() > self && !is_over(&end))
		sched_yield();
}

static void in_parent(void)
{
	my_forks--;
	__atomic_fetch_sub(&forking, 1, __ATOMIC_RELEASE);
	(void)syscall(SYS_futex, &forking, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/* Does not wait for the first use: if the child has no device memory, its addresses must be reserved now. */
static void in_child(void)
{
	(void)gate_is_lost();
}

void gate_init(const struct gate_child *child)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	of_child = child;
	if (page != MAP_FAILED) {
		process = page;
		*process = KNOWN;
		(void)madvise(page, size, MADV_WIPEONFORK);
	}
	(void)pthread_atfork(prepare, in_parent, in_child);
}
