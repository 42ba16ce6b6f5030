/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#define JEMALLOC_NO_RENAME
#define JEMALLOC_NO_DEMANGLE
#include <jemalloc/jemalloc.h>

#include "arena-libc.h"
#include "bind.h"
#include "chunk.h"

void *jem_mallocx(size_t size, int flags);
void *jem_rallocx(void *p, size_t size, int flags);
void jem_dallocx(void *p, int flags);
size_t jem_sallocx(const void *p, int flags);
int jem_mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
extern void (*jem_malloc_message)(void *data, const char *text);
extern const char *jem_malloc_conf;
extern bool je_opt_cache_oblivious;

/* Threads are spread over this many arenas of each target, each made when its first thread wants it. */
#define ARENAS 8

/* glibc's malloc returns blocks of this size to the kernel at once (DEFAULT_MMAP_THRESHOLD_MAX); so do we. */
#define RETURN_AT_ONCE (32UL << 20)

/* How much more than it needs an arena may take from the chunks, which matters where address space is scarce. */
#define GROW_LIMIT (64UL << 20)

/*
 * One automatic arena, for jemalloc's own needs. Freed pages go back to the kernel within a second of further use;
 * there is no background thread, since a program may count its threads and fork.
 */
const char *jem_malloc_conf =
	"narenas:1,background_thread:false,dirty_decay_ms:1000,muzzy_decay_ms:0,dss:disabled,"
	"oversize_threshold:0,retain:true";

/* One for each target. jemalloc hands its hooks to themselves, so it is from them that they know whose they are. */
struct pool {
	extent_hooks_t hooks;
	const struct handover_target *target;
	unsigned arenas[ARENAS]; /* jemalloc's index; 0, the automatic arena, is none of ours */
};

static struct pool pools[HANDOVER_TARGETS];
static const struct handover *plan;
static unsigned n_threads;
static bool is_lost; /* this process was forked from inside the arena: whoever held its locks is not in it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_without; /* a forked child that has no device memory (bind_dont_fork) */

static __thread bool busy;              /* inside the arena, or fork(2) */
static __thread unsigned forks_inside;  /* fork(2) by handlers of signals that came while busy */
static __thread bool ending;            /* jemalloc has cleaned up after this thread already */
static __thread unsigned char my_arena; /* 1 + index into arenas, 0 not chosen yet */

/* The extent hooks ----------------------------------------------------------------------------------------------- */

static void *extent_alloc(extent_hooks_t *hooks, void *wanted, size_t size, size_t align, bool *zero, bool *commit,
			  unsigned arena)
{
	void *p = chunk_carve(((struct pool *)(void *)hooks)->target, size, align, wanted);

	(void)arena;
	if (p)
		*zero = *commit = true;
	return p;
}

/* MADV_DONTNEED keeps the VMA in one piece (mm/madvise.c, madvise_vma_behavior()); true means refused. */
static bool extent_purge(extent_hooks_t *hooks, void *p, size_t size, size_t offset, size_t length, unsigned arena)
{
	(void)hooks, (void)size, (void)arena;
	return madvise((char *)p + offset, length, MADV_DONTNEED) < 0;
}

static bool extent_split(extent_hooks_t *hooks, void *p, size_t size, size_t a, size_t b, bool committed, unsigned arena)
{
	(void)hooks, (void)p, (void)size, (void)a, (void)b, (void)committed, (void)arena;
	return false;
}

static bool extent_merge(extent_hooks_t *hooks, void *a, size_t a_size, void *b, size_t b_size, bool committed,
			 unsigned arena)
{
	(void)hooks, (void)a, (void)a_size, (void)b, (void)b_size, (void)committed, (void)arena;
	return false;
}

/* No dalloc, no decommit: address space is kept, its pages are given back by purging. */
static const extent_hooks_t hooks = {
	.alloc = extent_alloc,
	.purge_forced = extent_purge,
	.split = extent_split,
	.merge = extent_merge,
};

/* The arenas ----------------------------------------------------------------------------------------------------- */

bool arena_is_busy(void)
{
	return busy || ending || is_lost || is_without;
}

/*
 * A signal's handler may come in at any time, and what it allocates or frees then must not wait for locks that its own
 * thread holds.
 */
static void enter(void)
{
	busy = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void leave(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	busy = false;
}

static void say_nothing(void *data, const char *text)
{
	(void)data, (void)text;
}

/* jemalloc's own metadata stays where the task policy puts it, on system nodes. */
static unsigned make_arena(struct pool *pool)
{
	struct {
		extent_hooks_t *hooks;
		bool metadata_use_hooks;
	} config = { &pool->hooks, false };
	size_t size = sizeof(unsigned), grow_limit = GROW_LIMIT;
	char name[64];
	unsigned arena;

	jem_malloc_message = say_nothing;
	je_opt_cache_oblivious = false; /* large blocks start on a page; 5.3.0 does not read this from its configuration */
	if (jem_mallctl("experimental.arenas_create_ext", &arena, &size, &config, sizeof(config)) != 0)
		return 0;
	snprintf(name, sizeof(name), "arena.%u.retain_grow_limit", arena);
	(void)jem_mallctl(name, NULL, NULL, &grow_limit, sizeof(grow_limit));
	return arena;
}

static struct pool *pool_of(const struct handover_target *t)
{
	return &pools[t - plan->targets];
}

static unsigned get_arena(struct pool *pool)
{
	unsigned *slot, arena;

	if (!my_arena)
		my_arena = 1 + __atomic_fetch_add(&n_threads, 1, __ATOMIC_RELAXED) % ARENAS;
	slot = &pool->arenas[my_arena - 1];
	arena = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
	if (arena || !chunk_ready(pool->target))
		return arena;

	pthread_mutex_lock(&lock);
	arena = *slot;
	if (!arena) {
		arena = make_arena(pool);
		__atomic_store_n(slot, arena, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return arena;
}

/*
 * jemalloc's cache of a thread knows sizes and no arenas: it would hand out one target's block as another's. So the
 * first target has it, and the others go without.
 */
static int cache_flag(const struct handover_target *t)
{
	return t == plan->targets ? 0 : MALLOCX_TCACHE_NONE;
}

/* jemalloc's classes from 16 bytes on are multiples of 16; below they are not. */
static size_t block_size(size_t size)
{
	return size < ARENA_ALIGN ? ARENA_ALIGN : size;
}

/*
 * After jemalloc's own destructor has run for a thread, what later destructors allocate comes from the automatic
 * arena (jemalloc's tsd_data_init_nocleanup() raises the reentrancy level): that is not device memory.
 */
static void *device_only(void *p)
{
	if (!p || chunk_target(p))
		return p;
	jem_dallocx(p, 0);
	ending = true;
	return NULL;
}

void *arena_alloc(const struct handover_target *t, size_t size, size_t align, bool zero)
{
	int saved = errno, flags = cache_flag(t) | (zero ? MALLOCX_ZERO : 0);
	unsigned arena;
	void *p = NULL;

	if (align > ARENA_ALIGN)
		flags |= MALLOCX_ALIGN(align);
	if (arena_is_busy() || size > PTRDIFF_MAX || align > PTRDIFF_MAX)
		return NULL;
	enter();
	arena = get_arena(pool_of(t));
	chunk_widen();
	if (arena)
		p = device_only(jem_mallocx(block_size(size), flags | MALLOCX_ARENA(arena)));
	leave();
	errno = saved;
	return p;
}

void *arena_realloc(const struct handover_target *t, void *p, size_t size)
{
	int saved = errno;
	unsigned arena;
	void *new = NULL;

	if (arena_is_busy() || size > PTRDIFF_MAX || chunk_target(p) != t)
		return NULL;
	enter();
	arena = get_arena(pool_of(t));
	if (arena)
		new = jem_rallocx(p, block_size(size), MALLOCX_ARENA(arena) | cache_flag(t));
	leave();
	errno = saved;
	return new;
}

/* A block is lost that is freed by another library's fork handler, or by a signal's while its thread is in here. */
void arena_free(void *p)
{
	int saved = errno;
	size_t size;

	if (busy || is_lost)
		return;
	enter();
	size = jem_sallocx(p, 0);
	if (size >= RETURN_AT_ONCE)
		(void)madvise(p, size, MADV_DONTNEED);
	jem_dallocx(p, cache_flag(chunk_target(p)));
	leave();
	errno = saved;
}

size_t arena_usable_size(const void *p)
{
	return jem_sallocx(p, 0);
}

/* fork --------------------------------------------------------------------------------------------------------- */

/*
 * A handler that came in while its thread is in here may fork, and must not wait either. Nobody is then locked out, so in
 * the child the arena is as some other thread may have left it: it is not used any more.
 */
static void prepare(void)
{
	if (busy) {
		forks_inside++;
		return;
	}
	enter();
	pthread_mutex_lock(&lock);
	if (arena_fork_handlers.prepare)
		arena_fork_handlers.prepare();
	chunk_lock();
}

static bool resume(void (*handler)(void))
{
	if (forks_inside) {
		forks_inside--;
		return false;
	}
	chunk_unlock();
	if (handler)
		handler();
	pthread_mutex_unlock(&lock);
	leave();
	return true;
}

static void parent(void)
{
	(void)resume(arena_fork_handlers.parent);
}

static void child(void)
{
	is_without = chunk_child();
	if (!resume(arena_fork_handlers.child))
		is_lost = true;
}

void arena_init(const struct handover *h)
{
	plan = h;
	for (unsigned i = 0; i < HANDOVER_TARGETS; i++) {
		pools[i].hooks = hooks;
		pools[i].target = &h->targets[i];
	}
	(void)pthread_atfork(prepare, parent, child);
}
