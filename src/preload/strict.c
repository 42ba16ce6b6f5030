/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mappings under a strict rule: filled when they are created, or refused. */

#include "strict.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <unistd.h>

#include "bind.h"
#include "own-call.h"
#include "preload.h"
#include "real.h"
#include "room.h"
#include "sys.h"

/*
 * Other processes may have created some pages of shared memory already. Huge pages come from a pool, which is checked
 * when they are mapped.
 */
static bool has_room(const struct placement_target *t, const struct request *r, const void *p, size_t fills)
{
	return r->flags & MAP_HUGETLB || room_for(&t->nodes, request_is_private(r) ? fills : room_missing(p, fills));
}

/* Binds the range, gives it its rights, and fills it. Returns a negative errno on failure. */
static int bind_and_fill(const struct placement_target *t, void *p, const struct request *r, int prot, size_t fills)
{
	int e = request_is_private(r) ? bind_private(t, p, r->size, 0) : bind_range(t, p, r->size, MPOL_MF_MOVE);

	if (e >= 0 && !has_room(t, r, p, fills))
		e = -ENOMEM;
	if (e >= 0 && prot != r->prot)
		e = sys_mprotect(p, r->size, r->prot) < 0 ? -errno : 0;
	return e >= 0 && fills ? own_fill(p, fills, request_advice(r), &t->nodes) : e;
}

/*
 * Anonymous memory has no rights at first, so that nothing is filled before it is bound: neither by MAP_POPULATE and
 * MAP_LOCKED nor after mlockall(2) (mm/gup.c, populate_vma_page_range()).
 */
void *strict_map(const struct placement_target *t, const struct request *r)
{
	const bool replaces = (r->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == MAP_FIXED;
	const size_t fills = request_fills(r);
	struct request first = *r;
	int saved = errno, e;
	void *p, *at;

	first.p = replaces ? NULL : r->p;
	first.prot = r->flags & MAP_ANONYMOUS ? PROT_NONE : r->prot;
	first.flags = r->flags & ~(MAP_POPULATE | (replaces ? MAP_FIXED : 0));
	p = request_map(t, &first);
	if (p == MAP_FAILED)
		return p;
	e = bind_and_fill(t, p, r, first.prot, fills);
	if (e < 0)
		return request_fail(p, r->size, e == -EACCES ? EACCES : ENOMEM);
	at = replaces ? sys_mremap(p, r->size, r->size, MREMAP_MAYMOVE | MREMAP_FIXED, r->p) : p;
	if (at == MAP_FAILED)
		return request_fail(p, r->size, errno);
	errno = saved;
	return at;
}

/*
 * Restores the old place and size. A mapping that has moved can go back only while its old place is free. That place is
 * taken first, so that no other mapping takes it. Returns false if it is not free.
 */
static bool shrink_back(void *p, size_t size, void *old, size_t old_size)
{
	if (p != old && sys_mmap(old, old_size, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != old)
		return false;
	(void)sys_mremap(p, size, old_size, 0, NULL);
	return p == old || sys_mremap(p, old_size, old_size, MREMAP_MAYMOVE | MREMAP_FIXED, old) == old;
}

/* Memory that is not writable (-EINVAL) is filled when it becomes writable. */
void *strict_grow(const struct placement_target *t, void *old, size_t old_size, size_t size, int flags, void *to)
{
	const size_t page = (size_t)getpagesize(), kept = (old_size + page - 1) & ~(page - 1);
	int saved = errno, e;
	void *p = MAP_FAILED;

	errno = ENOMEM;
	if (room_for(&t->nodes, size - old_size))
		p = real.mremap(old, old_size, size, flags, to);
	if (p == MAP_FAILED)
		return p;
	e = size > kept ? own_fill((char *)p + kept, size - kept, MADV_POPULATE_WRITE, &t->nodes) : 0;
	if (e < 0 && e != -EINVAL && shrink_back(p, size, old, old_size)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	errno = saved;
	return p;
}

int strict_attach(const struct placement_target *t, void *p, size_t size, bool writes)
{
	int e = bind_range(t, p, size, MPOL_MF_MOVE);

	if (e >= 0 && !room_for(&t->nodes, room_missing(p, size)))
		e = -ENOMEM;
	return e < 0 ? e : own_fill(p, size, writes ? MADV_POPULATE_WRITE : MADV_POPULATE_READ, &t->nodes);
}

const struct placement_target *strict_protect(void *p, size_t size, int *ret_error)
{
	const struct placement_target *t = size ? preload_strict_at(p) : NULL;
	size_t missing;

	if (!t || preload_strict_at((char *)p + size - 1) != t)
		return NULL;
	missing = room_missing(p, size);
	if (!missing)
		return NULL;
	*ret_error = room_for(&t->nodes, missing) ? 0 : -ENOMEM;
	return t;
}

int strict_protected(const struct placement_target *t, void *p, size_t size)
{
	int e = own_fill(p, size, MADV_POPULATE_WRITE, &t->nodes);

	return e == -EINVAL ? 0 : e;
}
