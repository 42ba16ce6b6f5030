/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mmap(2) and mremap(2). A new private anonymous mapping that a rule allows is bound before its first page is there.
 * Everything else, and every error, is the kernel's.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>

#include "basic/cleanup.h"
#include "bind.h"
#include "maps.h"
#include "preload.h"
#include "real.h"

/* Since Linux 5.14; older headers lack them. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static bool is_eligible(int flags)
{
	return (flags & MAP_ANONYMOUS) && (flags & MAP_TYPE) == MAP_PRIVATE && !(flags & (MAP_STACK | MAP_GROWSDOWN));
}

static void *unmap_and_fail(void *p, size_t size, int error)
{
	munmap(p, size);
	errno = error;
	return MAP_FAILED;
}

/*
 * MAP_POPULATE and MAP_LOCKED fill the mapping inside mmap(2), before it could be bound. With no rights there is
 * nothing to fill (mm/gup.c, populate_vma_page_range()): it is bound then, given its rights, and filled.
 */
static void *map_filled(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	int saved = errno;

	p = real.mmap(p, size, PROT_NONE, flags, fd, offset);
	if (p == MAP_FAILED)
		return p;
	if (bind_range(preload_plan(), p, size) < 0 && preload_is_strict())
		return unmap_and_fail(p, size, ENOMEM);
	if (mprotect(p, size, prot) < 0)
		return unmap_and_fail(p, size, errno);
	if (prot != PROT_NONE)
		(void)madvise(p, size, prot & PROT_WRITE ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
	errno = saved;
	return p;
}

_cold_ static void *map_slowly(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (!preload_allows(HANDOVER_ANON, size) || size == 0)
		return real.mmap(p, size, prot, flags, fd, offset);
	if (flags & (MAP_POPULATE | MAP_LOCKED))
		return map_filled(p, size, prot, flags, fd, offset);
	p = real.mmap(p, size, prot, flags, fd, offset);
	if (p != MAP_FAILED && bind_range(preload_plan(), p, size) < 0 && preload_is_strict())
		return unmap_and_fail(p, size, ENOMEM);
	return p;
}

_public_ void *mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (preload_may_allow(HANDOVER_ANON, size) && is_eligible(flags))
		return map_slowly(p, size, prot, flags, fd, offset);
	return real.mmap(p, size, prot, flags, fd, offset);
}

_Static_assert(sizeof(off_t) == 8, "mmap and mmap64 are to be one");
_public_ void *mmap64(void *p, size_t size, int prot, int flags, int fd, off_t offset) __attribute__((alias("mmap")));

/* A grown mapping keeps its policy (mm/mremap.c), so one that has none is bound before it grows. */
_cold_ static bool bind_for_growth(void *p, size_t old_size, size_t size)
{
	if (!preload_allows(HANDOVER_ANON, size) || !maps_is_private_anonymous(p) || !bind_is_free(p))
		return true;
	return bind_range(preload_plan(), p, old_size) == 0 || !preload_is_strict();
}

_public_ void *mremap(void *p, size_t old_size, size_t size, int flags, ...)
{
	va_list args;
	void *to;

	va_start(args, flags);
	to = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? va_arg(args, void *) : NULL;
	va_end(args);
	if (size > old_size && old_size > 0 && preload_may_allow(HANDOVER_ANON, size) &&
	    !bind_for_growth(p, old_size, size)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return real.mremap(p, old_size, size, flags, to);
}
