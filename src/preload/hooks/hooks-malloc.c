/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * malloc(3) and its relatives. Each asks the rules about the requested size, and passes what they do not allow to the
 * program's own malloc. A block is recognized by its address, so every free, realloc and malloc_usable_size finds its
 * owner. Arguments that glibc rejects are passed to the program's own malloc, which reports the error.
 */

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/arena.h"
#include "basic/cleanup.h"
#include "preload/chunk.h"
#include "preload/gate.h"
#include "preload/preload.h"
#include "preload/real.h"

/* The POSIX error, and NULL where a function fails. */
static void *fail(void)
{
	errno = ENOMEM;
	return NULL;
}

/*
 * Whether the arena decides. If so, *ret is a device block, or NULL with ENOMEM if the target is strict. Otherwise the
 * program's own malloc must serve the request.
 */
static bool place(size_t size, size_t align, bool zero, const void *caller, void **ret)
{
	const struct placement_target *t = preload_find_malloc(size, caller);
	void *p;

	if (!t || gate_is_shut())
		return false;
	p = arena_alloc(t, size, align, zero);
	if (!p && (!target_is_strict(t) || gate_is_shut()))
		return false;
	*ret = p ? p : fail();
	return true;
}

static bool is_power_of_two(size_t n)
{
	return n && (n & (n - 1)) == 0;
}

_cold_ static void *malloc_slowly(size_t size, const void *caller)
{
	void *p;

	return place(size, ARENA_ALIGN, false, caller, &p) ? p : real.malloc(size);
}

_public_ _hot_ void *malloc(size_t size)
{
	if (preload_may_allow(PLACEMENT_MALLOC, size))
		return malloc_slowly(size, CALLER);
	return real.malloc(size);
}

_cold_ static void *calloc_slowly(size_t n, size_t size, const void *caller)
{
	void *p;

	return place(n * size, ARENA_ALIGN, true, caller, &p) ? p : real.calloc(n, size);
}

_public_ _hot_ void *calloc(size_t n, size_t size)
{
	size_t total;

	if (!__builtin_mul_overflow(n, size, &total) && preload_may_allow(PLACEMENT_MALLOC, total))
		return calloc_slowly(n, size, CALLER);
	return real.calloc(n, size);
}

_cold_ static void free_slowly(void *p)
{
	if (chunk_target(p))
		arena_free(p);
	else if (!real_is_early(p))
		real.free(p);
}

_public_ _hot_ void free(void *p)
{
	if (owned_maybe(p))
		free_slowly(p);
	else
		real.free(p);
}

/*
 * C23 defines both as free(3) with a hint. Like glibc's own (since 2.43) they call free() by its symbol: a program that
 * has its own malloc and free, but not these two, gets its blocks back. Older libcs do not declare them.
 */
#if !__GLIBC_PREREQ(2, 43)
void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t align, size_t size);
#endif

_public_ void free_sized(void *p, size_t size)
{
	(void)size;
	free(p);
}

_public_ void free_aligned_sized(void *p, size_t align, size_t size)
{
	(void)align;
	(void)size;
	free(p);
}

/* Copies as much as fits, then frees the old block; if `new` is NULL, the old block is kept. */
static void *move_to(void *new, void *old, size_t old_size, size_t size)
{
	if (new) {
		memcpy(new, old, old_size < size ? old_size : size);
		free_slowly(old);
	}
	return new;
}

static void *realloc_device(void *p, size_t size, const void *caller)
{
	const struct placement_target *t;
	void *new;

	if (size == 0) {
		arena_free(p);
		return NULL;
	}
	t = preload_find_malloc(size, caller);
	if (t && t == chunk_target(p)) {
		new = arena_realloc(t, p, size);
		if (new)
			return new;
		if (target_is_strict(t) && !gate_is_shut())
			return fail();
	} else if (t && place(size, ARENA_ALIGN, false, caller, &new)) {
		return move_to(new, p, arena_usable_size(p), size);
	}
	return move_to(real.malloc(size), p, arena_usable_size(p), size);
}

static void *realloc_foreign(void *p, size_t size, const void *caller)
{
	void *new;

	if (size == 0 || !real_has_usable_size() || !place(size, ARENA_ALIGN, false, caller, &new))
		return real.realloc(p, size);
	return move_to(new, p, real.malloc_usable_size(p), size);
}

_cold_ static void *realloc_slowly(void *p, size_t size, const void *caller)
{
	if (!p)
		return malloc_slowly(size, caller);
	if (chunk_target(p))
		return realloc_device(p, size, caller);
	if (real_is_early(p))
		return move_to(malloc_slowly(size, caller), p, real_early_size(p), size);
	return realloc_foreign(p, size, caller);
}

static inline void *reallocate(void *p, size_t size, const void *caller)
{
	if (owned_maybe(p) || preload_may_allow(PLACEMENT_MALLOC, size))
		return realloc_slowly(p, size, caller);
	return real.realloc(p, size);
}

_public_ _hot_ void *realloc(void *p, size_t size)
{
	return reallocate(p, size, CALLER);
}

_public_ void *reallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(n, size, &total) ? fail() : reallocate(p, total, CALLER);
}

_public_ int posix_memalign(void **ret, size_t align, size_t size)
{
	int saved = errno;
	void *p;

	if (!preload_may_allow(PLACEMENT_MALLOC, size) || !is_power_of_two(align) || align % sizeof(void *) != 0 ||
	    !place(size, align, false, CALLER, &p))
		return real.posix_memalign(ret, align, size);
	if (!p)
		return ENOMEM; /* errno is ENOMEM too, as with glibc */
	errno = saved;
	*ret = p;
	return 0;
}

_public_ void *aligned_alloc(size_t align, size_t size)
{
	void *p;

	if (preload_may_allow(PLACEMENT_MALLOC, size) && is_power_of_two(align) && place(size, align, false, CALLER, &p))
		return p;
	return real.aligned_alloc(align, size);
}

_public_ void *memalign(size_t align, size_t size)
{
	void *p;

	if (preload_may_allow(PLACEMENT_MALLOC, size) && is_power_of_two(align) && place(size, align, false, CALLER, &p))
		return p;
	return real.memalign(align, size);
}

_public_ void *valloc(size_t size)
{
	void *p;

	if (preload_may_allow(PLACEMENT_MALLOC, size) && place(size, (size_t)getpagesize(), false, CALLER, &p))
		return p;
	return real.valloc(size);
}

_public_ void *pvalloc(size_t size)
{
	size_t page = (size_t)getpagesize(), whole;
	void *p;

	if (!__builtin_add_overflow(size, page - 1, &whole) && preload_may_allow(PLACEMENT_MALLOC, whole & ~(page - 1)) &&
	    place(whole & ~(page - 1), page, false, CALLER, &p))
		return p;
	return real.pvalloc(size);
}

_public_ size_t malloc_usable_size(void *p)
{
	if (owned_maybe(p)) {
		if (chunk_target(p))
			return arena_usable_size(p);
		if (real_is_early(p))
			return real_early_size(p);
	}
	return real.malloc_usable_size(p);
}
