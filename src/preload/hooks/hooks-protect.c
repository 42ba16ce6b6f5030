/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mprotect(2) and pkey_mprotect(2). Before a range becomes executable (code of a just-in-time compiler, for example) it
 * is let go: its policy is removed, and its pages move to where the task policy places the program's code.
 */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <sys/mman.h>

#include "basic/cleanup.h"
#include "preload/bind.h"
#include "preload/chunk.h"
#include "preload/counts.h"
#include "preload/self-maps.h"
#include "preload/preload.h"
#include "preload/real.h"
#include "preload/strict.h"
#include "preload/sys.h"

/*
 * Just-in-time compilers often change the rights of a few pages. Asking the kernel for each page costs less than
 * reading maps.
 */
#define FEW_PAGES 64

struct range {
	uintptr_t start, end;
};

static bool let_go_of(const struct mapping *m, void *arg)
{
	const struct range *r = arg;
	uintptr_t start = m->start > r->start ? m->start : r->start, end = m->end < r->end ? m->end : r->end;
	const struct placement_target *t = start < end ? preload_target_of((void *)start) : NULL;

	if (t && !preload_takes_code(t)) {
		bind_undo((void *)start, end - start);
		counts_let_go(end - start);
	}
	return m->end < r->end;
}

static bool is_free(uintptr_t start, uintptr_t end)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	if (end - start > FEW_PAGES * page)
		return false;
	while (start < end && bind_is_free((void *)start))
		start += page;
	return start >= end;
}

void preload_let_go(void *p, size_t size)
{
	struct range r = { (uintptr_t)p, (uintptr_t)p + size };

	if (r.start < r.end && !is_free(r.start, r.end))
		maps_each(let_go_of, &r);
}

static void before(void *p, size_t size, int prot)
{
	if (bind_maybe(p, size) && sys_is_exec(prot))
		preload_let_go(p, size);
}

/* Binds a block of malloc(3) again that is no longer executable: it will be handed out again. */
_cold_ static void bind_block_again(void *p, size_t size)
{
	const struct placement_target *t = chunk_target(p);

	if (t && bind_is_free(p))
		(void)bind_private(t, p, size, MPOL_MF_MOVE);
}

static int after(void *p, size_t size, int prot, int r)
{
	if (r == 0 && owned_maybe(p) && !sys_is_exec(prot))
		bind_block_again(p, size);
	return r;
}

static int change(void *p, size_t size, int prot, int pkey, bool has_pkey)
{
	return has_pkey ? real.pkey_mprotect(p, size, prot, pkey) : real.mprotect(p, size, prot);
}

/* Strict memory that only now becomes writable is filled now. */
_cold_ static int change_and_fill(void *p, size_t size, int prot, int pkey, bool has_pkey)
{
	int e = 0, r;
	const struct placement_target *t = strict_protect(p, size, &e);

	r = e < 0 ? -1 : change(p, size, prot, pkey, has_pkey);
	if (r == 0 && t)
		e = strict_protected(t, p, size);
	if (e < 0)
		errno = ENOMEM;
	return e < 0 ? -1 : r;
}

static int protect(void *p, size_t size, int prot, int pkey, bool has_pkey)
{
	before(p, size, prot);
	return after(p, size, prot,
		     (prot & PROT_WRITE) && !owned_maybe(p) && bind_maybe(p, size) ?
			     change_and_fill(p, size, prot, pkey, has_pkey) :
			     change(p, size, prot, pkey, has_pkey));
}

_public_ int mprotect(void *p, size_t size, int prot)
{
	return protect(p, size, prot, 0, false);
}

_public_ int pkey_mprotect(void *p, size_t size, int prot, int pkey)
{
	return protect(p, size, prot, pkey, true);
}
