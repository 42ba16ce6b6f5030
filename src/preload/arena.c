/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Device memory for malloc(3): jemalloc's arenas over chunks of bound address space. */

#include "arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "arena-libc.h"
#include "bind.h"
#include "chunk.h"
#include "extent.h"
#include "gate.h"
#include "preload.h"
#include "side-stack.h"
#include "sys.h"

void *jem_mallocx(size_t size, int flags);
void *jem_rallocx(void *p, size_t size, int flags);
void jem_dallocx(void *p, int flags);
size_t je_tcache_salloc(void *tsdn, const void *p);
int jem_mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
extern void (*jem_malloc_message)(void *data, const char *text);
extern const char *jem_malloc_conf;
extern bool je_opt_cache_oblivious;

/* Threads are spread over this many arenas per target. An arena is created when the first of its threads needs it. */
#define ARENAS 8

/* glibc's malloc returns blocks of this size to the kernel at once (DEFAULT_MMAP_THRESHOLD_MAX); so do we. */
#define RETURN_AT_ONCE (32UL << 20)

/*
 * An arena may take at most this much more than it needs from the chunks; this matters where address space is scarce.
 */
#define GROW_LIMIT (64UL << 20)

/*
 * jemalloc has one automatic arena, for its own needs. Freed pages go back to the kernel within a second of further
 * use. There is no background thread, since a program may count its threads and may fork.
 */
const char *jem_malloc_conf =
	"narenas:1,background_thread:false,dirty_decay_ms:1000,muzzy_decay_ms:0,dss:disabled,"
	"oversize_threshold:0,retain:true";

/* One for each target. */
struct pool {
	struct extent_owner owner;
	unsigned arenas[ARENAS]; /* jemalloc's index; 0, its automatic arena, means not created yet */
};

static struct pool pools[PLACEMENT_TARGETS];
static const struct placement *plan;
static unsigned n_threads;
static bool is_set_up, is_broken; /* jemalloc, by its first call, which succeeded or failed */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *later; /* blocks freed by threads that could not enter the gate; each holds the address of the next */

static __thread unsigned char my_arena; /* 1 + index into arenas, 0 not chosen yet */

/* The arenas ----------------------------------------------------------------------------------------------------- */

static void say_nothing(void *data, const char *text)
{
	(void)data;
	(void)text;
}

/*
 * Sets jemalloc up for the first device block. This is tried once: after a failure, jemalloc's other callers would wait
 * for ever (malloc_init_hard_needed()).
 */
static bool set_up_once(void)
{
	const char *version;
	size_t size = sizeof(version);

	if (is_set_up || is_broken)
		return is_set_up;
	jem_malloc_message = say_nothing;
	/* large blocks start on a page; 5.3.0 does not read this from its configuration */
	je_opt_cache_oblivious = false;
	is_set_up = jem_mallctl("version", &version, &size, NULL, 0) == 0;
	is_broken = !is_set_up;
	return is_set_up;
}

#define ARENA_NAME 64

/* The name of a property of an arena (jemalloc(3), mallctl()). */
static void name_of(unsigned arena, const char *what, char ret[ARENA_NAME])
{
	sys_put_number(ret, ARENA_NAME, "arena.", arena, what);
}

/* Makes this thread's arena. jemalloc's own metadata stays on system nodes, where the task policy puts it. */
static void make_arena(void *arg)
{
	struct pool *pool = arg;
	struct {
		extent_hooks_t *hooks;
		bool metadata_use_hooks;
	} config = { &pool->owner.hooks, false };
	size_t size = sizeof(unsigned), grow_limit = GROW_LIMIT;
	char name[ARENA_NAME];
	unsigned arena;

	if (!set_up_once() || jem_mallctl("experimental.arenas_create_ext", &arena, &size, &config, sizeof(config)) != 0)
		return;
	name_of(arena, ".retain_grow_limit", name);
	(void)jem_mallctl(name, NULL, NULL, &grow_limit, sizeof(grow_limit));
	__atomic_store_n(&pool->arenas[my_arena - 1], arena, __ATOMIC_RELEASE);
}

static struct pool *pool_of(const struct placement_target *t)
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
	if (arena || !chunk_ready(pool->owner.target))
		return arena;

	pthread_mutex_lock(&lock);
	if (!*slot && !is_broken)
		(void)side_stack_call(make_arena, pool);
	arena = *slot;
	pthread_mutex_unlock(&lock);
	return arena;
}

/*
 * jemalloc's thread cache distinguishes sizes but not arenas, so it would hand out a block of one target for another.
 * Only the first target uses it.
 */
static int cache_flag(const struct placement_target *t)
{
	return t == plan->targets ? 0 : MALLOCX_TCACHE_NONE;
}

/* jemalloc's classes from 16 bytes on are multiples of 16; below they are not. */
static size_t block_size(size_t size)
{
	return size < ARENA_ALIGN ? ARENA_ALIGN : size;
}

/*
 * Large blocks start on a page (set_up_once()), so most small blocks are recognized without a look-up in jemalloc's
 * tree.
 */
static bool is_big(const void *p)
{
	return (uintptr_t)p % 4096 == 0 && je_tcache_salloc(NULL, p) >= RETURN_AT_ONCE;
}

/*
 * Gives the pages of a big block back at once; a later read finds zeroes. For a strict target only jemalloc may give
 * pages back.
 */
static void return_pages(void *p)
{
	if (is_big(p) && !target_is_strict(chunk_target(p)))
		(void)madvise(p, je_tcache_salloc(NULL, p), MADV_DONTNEED);
}

/* For strict targets: jemalloc must know that the pages are gone. */
static void release_strict(void *p, const struct placement_target *t)
{
	char name[ARENA_NAME];
	unsigned arena;
	size_t size = sizeof(arena);
	const bool at_once = is_big(p) && jem_mallctl("arenas.lookup", &arena, &size, &p, sizeof(p)) == 0;

	jem_dallocx(p, cache_flag(t));
	if (!at_once)
		return;
	name_of(arena, ".purge", name);
	(void)jem_mallctl(name, NULL, NULL, NULL, 0);
}

/* Called inside the gate. */
static void release(void *p)
{
	const struct placement_target *t = chunk_target(p);

	if (target_is_strict(t))
		release_strict(p, t);
	else
		jem_dallocx(p, cache_flag(t));
}

static void put_off(void *p)
{
	void **link = p;

	*link = __atomic_load_n(&later, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&later, link, p, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* Called inside the gate. */
static void free_what_was_put_off(void)
{
	void *p, *next;

	if (__builtin_expect(!__atomic_load_n(&later, __ATOMIC_RELAXED), 1))
		return;
	for (p = __atomic_exchange_n(&later, NULL, __ATOMIC_ACQUIRE); p; p = next) {
		next = *(void **)p;
		return_pages(p);
		release(p);
	}
}

#define STRING(name) #name
#define ARENA(n, what) "arena." STRING(n) "." what

/*
 * The missing memory may be in freed blocks that jemalloc keeps for a while. Returns false if nothing was given back.
 */
static bool make_room(void)
{
	const size_t before = extent_given_back;

	(void)jem_mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	(void)jem_mallctl(ARENA(MALLCTL_ARENAS_ALL, "purge"), NULL, NULL, NULL, 0);
	extent_is_refused = false;
	return extent_given_back > before;
}

static void *try_alloc(size_t size, int flags)
{
	extent_is_refused = false;
	return jem_mallocx(size, flags);
}

static void *try_realloc(void *p, size_t size, int flags)
{
	extent_is_refused = false;
	return jem_rallocx(p, size, flags);
}

void *arena_alloc(const struct placement_target *t, size_t size, size_t align, bool zero)
{
	int saved = errno, flags = cache_flag(t) | (zero ? MALLOCX_ZERO : 0);
	unsigned arena;
	void *p = NULL;

	if (align > ARENA_ALIGN)
		flags |= MALLOCX_ALIGN(align);
	if (size > PTRDIFF_MAX || align > PTRDIFF_MAX || !gate_enter())
		return NULL;
	free_what_was_put_off();
	arena = get_arena(pool_of(t));
	chunk_widen();
	flags |= MALLOCX_ARENA(arena);
	if (arena)
		p = try_alloc(block_size(size), flags);
	if (!p && extent_is_refused && make_room())
		p = try_alloc(block_size(size), flags);
	gate_leave();
	errno = saved;
	return p;
}

void *arena_realloc(const struct placement_target *t, void *p, size_t size)
{
	int saved = errno, flags;
	unsigned arena;
	void *moved = NULL;

	if (size > PTRDIFF_MAX || chunk_target(p) != t || !gate_enter())
		return NULL;
	arena = get_arena(pool_of(t));
	flags = MALLOCX_ARENA(arena) | cache_flag(t);
	if (arena)
		moved = try_realloc(p, block_size(size), flags);
	if (!moved && extent_is_refused && make_room())
		moved = try_realloc(p, block_size(size), flags);
	gate_leave();
	errno = saved;
	return moved;
}

void arena_free(void *p)
{
	int saved = errno;

	if (gate_is_lost())
		return;
	return_pages(p);
	if (gate_enter()) {
		free_what_was_put_off();
		release(p);
		gate_leave();
	} else {
		put_off(p);
	}
	errno = saved;
}

/* Does not use jem_sallocx(): it sets up the thread's data, which may be gone already. */
size_t arena_usable_size(const void *p)
{
	return je_tcache_salloc(NULL, p);
}

/*
 * No thread was inside the gate at the fork, so jemalloc's locks are free; what jemalloc made for other threads is
 * forgotten.
 */
static void renew(void)
{
	if (arena_renew)
		arena_renew();
}

void arena_init(const struct placement *h)
{
	static const struct gate_child child = { chunk_child, renew };

	plan = h;
	for (unsigned i = 0; i < PLACEMENT_TARGETS; i++)
		extent_own(&pools[i].owner, &h->targets[i]);
	gate_init(&child);
}
