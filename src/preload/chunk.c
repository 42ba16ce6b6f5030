/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reserved address space that device blocks are carved from, and which target an address belongs to. */

#include "chunk.h"

#include <linux/mempolicy.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "bind.h"
#include "counts.h"
#include "own-call.h"
#include "sys.h"

#define CHUNK_ROOM (1UL << 40)
#define CHUNK_ALIGN (2UL << 20) /* the size of a huge page */
#define COMMIT_STEP (16UL << 20)
#define CHUNKS 1024
#define RETRY_NS 100000000L

_Static_assert(sizeof(void *) == 8, "the chunks want a 64-bit address space");

struct chunk {
	const struct placement_target *target;
	uintptr_t base;
	uintptr_t end; /* mapped, bound and accessible so far */
	uintptr_t top; /* handed out so far */
};

struct owned_range owned_range = { UINTPTR_MAX, 0 };

static struct chunk chunks[CHUNKS];
static unsigned n_chunks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct timespec last_try;
static const struct placement_target *last_failed;

static uintptr_t align_up(uintptr_t n, size_t align)
{
	return (n + align - 1) & ~(uintptr_t)(align - 1);
}

void owned_add(const void *p, size_t size)
{
	if ((uintptr_t)p < owned_range.lo)
		__atomic_store_n(&owned_range.lo, (uintptr_t)p, __ATOMIC_RELEASE);
	if ((uintptr_t)p + size > owned_range.hi)
		__atomic_store_n(&owned_range.hi, (uintptr_t)p + size, __ATOMIC_RELEASE);
}

const struct placement_target *chunk_target(const void *p)
{
	unsigned n = __atomic_load_n(&n_chunks, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++)
		if ((uintptr_t)p - chunks[i].base < __atomic_load_n(&chunks[i].end, __ATOMIC_RELAXED) - chunks[i].base)
			return chunks[i].target;
	return NULL;
}

/*
 * Binds the range before it becomes accessible, so that no page ever exists without the policy. The kernel then
 * accounts for it as for any writable memory (mprotect_fixup()), and refuses more than there can be.
 */
static bool map_at(const struct placement_target *t, uintptr_t from, uintptr_t to)
{
	void *wanted = (void *)from, *p;

	p = sys_mmap(wanted, to - from, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == wanted && bind_private(t, p, to - from, 0) == 0 && sys_mprotect(p, to - from, PROT_READ | PROT_WRITE) == 0)
		return true;
	if (p != MAP_FAILED)
		munmap(p, to - from);
	return false;
}

/*
 * The kernel merges the new part with the one below it (mm/vma.c, vma_merge_existing_range()), since both have the same
 * rights and an equal policy. It does not in a forked child (is_mergeable_anon_vma()), so the steps grow with the
 * chunk. Where there is no room for such a step, the chunk grows by what is needed.
 */
static bool grow(struct chunk *c, uintptr_t until)
{
	uintptr_t ahead = c->end + (c->end - c->base) / 8, to = align_up(until > ahead ? until : ahead, COMMIT_STEP);

	if (!map_at(c->target, c->end, to)) {
		to = align_up(until, CHUNK_ALIGN);
		if (!map_at(c->target, c->end, to))
			return false;
	}
	owned_add((void *)c->base, to - c->base);
	counts_chunk(c->target->index, c->base, to);
	__atomic_store_n(&c->end, to, __ATOMIC_RELEASE);
	return true;
}

static void *carve_from(struct chunk *c, size_t size, size_t align, const void *wanted)
{
	uintptr_t start = align_up(c->top, align), end;

	if (wanted && (uintptr_t)wanted != start)
		return NULL;
	if (start < c->top || __builtin_add_overflow(start, size, &end) || end > UINTPTR_MAX / 2)
		return NULL;
	if (end > c->end && !grow(c, end))
		return NULL;
	c->top = end;
	return (void *)start;
}

/*
 * Finds room for a chunk to grow. The kernel places new mappings at the upper end of a gap and the chunk begins at its
 * lower end, so they meet late. Returns 0 if there is not even room for what is needed.
 */
static uintptr_t find_room(size_t need)
{
	size_t size = need > CHUNK_ROOM ? need : CHUNK_ROOM;

	for (;;) {
		void *p = sys_mmap(NULL, size + CHUNK_ALIGN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p != MAP_FAILED) {
			munmap(p, size + CHUNK_ALIGN);
			return align_up((uintptr_t)p, CHUNK_ALIGN);
		}
		if (size == need)
			return 0;
		size = size / 2 > need ? size / 2 : need;
	}
}

/* Each chunk is as large as a fraction of those before it, so that there are few of them, even if none can grow. */
static bool add_chunk(const struct placement_target *t, size_t need)
{
	struct chunk *c = &chunks[n_chunks];
	size_t before = 0;
	uintptr_t base;

	if (n_chunks == CHUNKS)
		return false;
	base = find_room(need);
	for (unsigned i = 0; i < n_chunks; i++)
		before += chunks[i].target == t ? chunks[i].end - chunks[i].base : 0;
	*c = (struct chunk){ .target = t, .base = base, .end = base, .top = base };
	if (!base || (!(before / 4 > need && grow(c, base + before / 4)) && !grow(c, base + need)))
		return false;
	__atomic_store_n(&n_chunks, n_chunks + 1, __ATOMIC_RELEASE);
	return true;
}

static bool may_retry(const struct placement_target *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return t != last_failed ||
	       (now.tv_sec - last_try.tv_sec) * 1000000000L + now.tv_nsec - last_try.tv_nsec >= RETRY_NS;
}

static bool has_chunk(const struct placement_target *t)
{
	unsigned n = __atomic_load_n(&n_chunks, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++)
		if (chunks[i].target == t)
			return true;
	return false;
}

bool chunk_ready(const struct placement_target *t)
{
	bool ready;

	if (has_chunk(t))
		return true;
	pthread_mutex_lock(&lock);
	ready = has_chunk(t);
	if (!ready && may_retry(t)) {
		ready = add_chunk(t, COMMIT_STEP); /* if there is less, the program needs it itself */
		last_failed = ready ? NULL : t;
		clock_gettime(CLOCK_MONOTONIC_COARSE, &last_try);
	}
	pthread_mutex_unlock(&lock);
	return ready;
}

void *chunk_carve(const struct placement_target *t, size_t size, size_t align, const void *wanted)
{
	void *p = NULL;
	size_t need;

	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < n_chunks && !p; i++)
		if (chunks[i].target == t)
			p = carve_from(&chunks[i], size, align, wanted);
	if (!p && !wanted && !__builtin_add_overflow(size, align + CHUNK_ALIGN, &need) &&
	    add_chunk(t, align_up(need, CHUNK_ALIGN)))
		p = carve_from(&chunks[n_chunks - 1], size, align, NULL);
	pthread_mutex_unlock(&lock);
	return p;
}

/*
 * A child with bind_dont_fork lacks the chunks. Their addresses are reserved: otherwise another mapping could take
 * them, and free(3) would take it for a device block.
 */
bool chunk_child(void)
{
	for (unsigned i = 0; bind_dont_fork && i < n_chunks; i++)
		(void)sys_mmap((void *)chunks[i].base, chunks[i].end - chunks[i].base, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	return !bind_dont_fork;
}

static bool prefers(const struct placement_target *t)
{
	return t->policy == POLICY_PREFER || t->policy == POLICY_BIND || t->policy == POLICY_PREFER_ONE;
}

static void widen(void)
{
	static struct nodeset known;
	struct nodeset now = NODESET_EMPTY;

	if (own_call(SYS_get_mempolicy, NULL, now.bits, NODESET_MAXNODE, NULL, (unsigned long)MPOL_F_MEMS_ALLOWED) < 0 ||
	    nodeset_equal(&now, &known))
		return;
	for (unsigned i = 0; i < n_chunks; i++)
		if (prefers(chunks[i].target))
			(void)bind_range(chunks[i].target, (void *)chunks[i].base, chunks[i].end - chunks[i].base, 0);
	known = now;
}

void chunk_widen(void)
{
	static time_t looked;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec == __atomic_load_n(&looked, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&lock);
	__atomic_store_n(&looked, now.tv_sec, __ATOMIC_RELAXED);
	widen();
	pthread_mutex_unlock(&lock);
}
