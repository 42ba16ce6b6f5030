/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mmap(2) and mremap(2). A new mapping that a rule allows is bound before its first page is there. Everything else, and
 * every error, is the kernel's.
 */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "basic/cleanup.h"
#include "bind.h"
#include "maps.h"
#include "names.h"
#include "preload.h"
#include "real.h"
#include "sys.h"

/* Since Linux 5.14; older headers lack them. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static bool is_private_anonymous(int flags)
{
	return (flags & MAP_ANONYMOUS) && (flags & MAP_TYPE) == MAP_PRIVATE && !(flags & (MAP_STACK | MAP_GROWSDOWN));
}

static void *unmap_and_fail(void *p, size_t size, int error)
{
	munmap(p, size);
	errno = error;
	return MAP_FAILED;
}

static void *map_for(const struct handover_target *t, void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	struct bind_task before;

	if (!(flags & MAP_HUGETLB))
		return real.mmap(p, size, prot, flags, fd, offset);
	bind_task(t, &before);
	p = real.mmap(p, size, prot, flags, fd, offset);
	bind_task_undo(&before);
	return p;
}

/*
 * MAP_POPULATE and MAP_LOCKED fill the mapping inside mmap(2), before it could be bound. With no rights there is
 * nothing to fill (mm/gup.c, populate_vma_page_range()): it is bound then, given its rights, and filled.
 */
static void *map_filled(const struct handover_target *t, void *p, size_t size, int prot, int flags)
{
	int saved = errno;

	p = map_for(t, p, size, PROT_NONE, flags, -1, 0);
	if (p == MAP_FAILED)
		return p;
	if (bind_private(t, p, size, 0) < 0 && target_is_strict(t))
		return unmap_and_fail(p, size, ENOMEM);
	if (sys_mprotect(p, size, prot) < 0)
		return unmap_and_fail(p, size, errno);
	if (prot != PROT_NONE)
		(void)madvise(p, size, prot & PROT_WRITE ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
	errno = saved;
	return p;
}

/* `bind` is bind_private() or bind_range(). */
static void *bound(int (*bind)(const struct handover_target *t, void *p, size_t size, unsigned flags),
		   const struct handover_target *t, void *p, size_t size, unsigned flags)
{
	if (p != MAP_FAILED && bind(t, p, size, flags) < 0 && target_is_strict(t))
		return unmap_and_fail(p, size, ENOMEM);
	return p;
}

_cold_ static void *map_private(void *p, size_t size, int prot, int flags, int fd, off_t offset, const void *caller)
{
	const struct handover_target *t = size ? preload_find_anon(size, sys_is_exec(prot), NULL, caller) : NULL;

	if (t && (flags & (MAP_POPULATE | MAP_LOCKED)))
		return map_filled(t, p, size, prot, flags);
	if (t)
		return bound(bind_private, t, map_for(t, p, size, prot, flags, fd, offset), size, 0);
	return real.mmap(p, size, prot, flags, fd, offset);
}

/*
 * Compilers map a memory file twice, once to write code and once to run it. Its policy is the file's, so there is none for
 * what this process can run by another mapping.
 */
static bool is_code_of(const struct mapping *m, void *arg)
{
	struct stat *file = arg;

	if (!m->is_exec || m->device != file->st_dev || m->inode != file->st_ino)
		return true;
	file->st_ino = 0;
	return false;
}

static bool is_code_elsewhere(int fd)
{
	struct stat file;
	int saved = errno;
	bool found = false;

	if (fstat(fd, &file) == 0) {
		maps_each(is_code_of, &file);
		found = file.st_ino == 0;
	}
	errno = saved;
	return found;
}

/*
 * Shared memory has a policy of its own. Of a file, the pages that a private mapping copies obey the mapping's policy;
 * the page cache is placed by whoever reads it in (mm/filemap.c, filemap_alloc_folio()).
 */
_cold_ static void *map_named(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	const struct handover_target *t = NULL;
	const bool is_exec = sys_is_exec(prot);
	struct backing backing;

	p = real.mmap(p, size, prot, flags, fd, offset);
	if (p == MAP_FAILED)
		return p;
	if (is_exec)
		preload_let_go(p, size);
	if (flags & MAP_ANONYMOUS)
		t = preload_find_shm(size, is_exec, NULL);
	else if (backing_of(fd, &backing))
		t = backing.is_shm ? preload_find_shm(size, is_exec || is_code_elsewhere(fd), backing.name) :
				     preload_find_file(size, is_exec, backing.name);
	return t ? bound(bind_range, t, p, size, flags & (MAP_POPULATE | MAP_LOCKED) ? MPOL_MF_MOVE : 0) : p;
}

static bool may_be_named(int flags, size_t size)
{
	if (flags & MAP_ANONYMOUS)
		return (flags & MAP_TYPE) != MAP_PRIVATE && preload_may_allow(HANDOVER_SHM, size);
	return preload_may_allow(HANDOVER_SHM, size) || preload_may_allow(HANDOVER_FILE, size);
}

_public_ void *mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (preload_may_allow(HANDOVER_ANON, size) && is_private_anonymous(flags))
		return map_private(p, size, prot, flags, fd, offset, CALLER);
	if (may_be_named(flags, size))
		return map_named(p, size, prot, flags, fd, offset);
	return real.mmap(p, size, prot, flags, fd, offset);
}

_Static_assert(sizeof(off_t) == 8, "mmap and mmap64 are to be one");
_public_ void *mmap64(void *p, size_t size, int prot, int flags, int fd, off_t offset) __attribute__((alias("mmap")));

/* A grown mapping keeps its policy (mm/mremap.c), so one that has none is bound before it grows. */
_cold_ static bool bind_for_growth(void *p, size_t old_size, size_t size, const void *caller)
{
	const struct handover_target *t;
	struct mapping m;

	if (!maps_at(p, &m) || !m.is_private_anonymous)
		return true;
	t = preload_find_anon(size, m.is_exec, NULL, caller);
	if (!t || !bind_is_free(p))
		return true;
	return bind_private(t, p, old_size, 0) == 0 || !target_is_strict(t);
}

_public_ void *mremap(void *p, size_t old_size, size_t size, int flags, ...)
{
	va_list args;
	void *to;

	va_start(args, flags);
	to = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? va_arg(args, void *) : NULL;
	va_end(args);
	if (size > old_size && old_size > 0 && preload_may_allow(HANDOVER_ANON, size) &&
	    !bind_for_growth(p, old_size, size, CALLER)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return real.mremap(p, old_size, size, flags, to);
}
