/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mremap(2). A growing mapping is judged by its new size; a bound mapping stays bound wherever it moves. */

#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "basic/cleanup.h"
#include "preload/bind.h"
#include "preload/join.h"
#include "preload/preload.h"
#include "preload/real.h"
#include "preload/room.h"
#include "preload/self-maps.h"
#include "preload/strict.h"

static void *call_kernel(const struct remap *r)
{
	return real.mremap(r->p, r->old_size, r->size, r->flags, r->to);
}

static void *fail(void)
{
	errno = ENOMEM;
	return MAP_FAILED;
}

/*
 * A grown mapping keeps its policy (mm/mremap.c), so one without a policy is bound before it grows. A range of several
 * mappings does not grow. Returns 0, or a negative errno.
 */
_cold_ static int bind_for_growth(const struct remap *r, const void *caller)
{
	const struct placement_target *t;
	struct mapping m;
	int e;

	if (!maps_at(r->p, &m) || !m.is_private_anonymous || m.end - (uintptr_t)r->p < r->old_size)
		return 0;
	t = preload_find_anon(r->size, m.is_exec, NULL, caller);
	if (!t || !bind_is_free(r->p))
		return 0;
	e = bind_private(t, r->p, r->old_size, 0);
	return target_is_strict(t) ? e : 0;
}

_cold_ static void *grow(const struct remap *r, const void *caller)
{
	const struct placement_target *t;

	if (bind_for_growth(r, caller) < 0)
		return fail();
	t = preload_strict_at(r->p);
	return t ? strict_grow(t, r->p, r->old_size, r->size, r->flags, r->to) : call_kernel(r);
}

static void *remap(const struct remap *r, const void *caller)
{
	if (r->size > r->old_size && r->old_size > 0 && preload_may_allow(PLACEMENT_ANON, r->size))
		return grow(r, caller);
	return call_kernel(r);
}

/* A move cannot be undone, so the free memory of the device is checked before; what is missing after that spills. */
_cold_ static void *remap_joined(const struct remap *r, const void *caller)
{
	const struct placement_target *t = NULL;
	struct mapping m;
	void *p;

	if (r->size > r->old_size && maps_at(r->p, &m) && m.is_private_anonymous)
		t = preload_find_anon(r->size, m.is_exec, NULL, caller);
	if (t && target_is_strict(t) && !room_for(&t->nodes, r->size - r->old_size))
		return fail();
	p = join_mremap(r);
	if (t && p != MAP_FAILED)
		(void)(target_is_strict(t) ? strict_attach(t, p, r->size, true) : bind_private(t, p, r->size, 0));
	return p;
}

/*
 * The kernel refuses a range of several mappings (EFAULT), but the program may rely on a range that would be one
 * mapping without this library. With MREMAP_FIXED the kernel has unmapped the new place before it refuses, so such a
 * range is checked before the call.
 */
_public_ void *mremap(void *p, size_t old_size, size_t size, int flags, ...)
{
	struct remap r = { .p = p, .old_size = old_size, .size = size, .flags = flags };
	const bool is_fixed = flags & MREMAP_FIXED;
	int saved = errno;
	va_list args;
	void *moved;

	va_start(args, flags);
	r.to = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? va_arg(args, void *) : NULL;
	va_end(args);
	if (is_fixed && join_is_for(&r))
		return remap_joined(&r, CALLER);
	moved = remap(&r, CALLER);
	if (is_fixed || moved != MAP_FAILED || errno != EFAULT || !join_is_for(&r))
		return moved;
	errno = saved;
	return remap_joined(&r, CALLER);
}
