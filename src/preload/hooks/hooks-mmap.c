/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mmap(2). A new mapping that a rule allows is bound before its first page exists. Everything else, and every error,
 * comes from the kernel.
 */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "basic/cleanup.h"
#include "basic/fill.h"
#include "preload/bind.h"
#include "preload/self-maps.h"
#include "preload/backing.h"
#include "preload/preload.h"
#include "preload/real.h"
#include "preload/request.h"
#include "preload/strict.h"
#include "preload/sys.h"

static bool is_private_anonymous(int flags)
{
	return (flags & MAP_ANONYMOUS) && (flags & MAP_TYPE) == MAP_PRIVATE && !(flags & (MAP_STACK | MAP_GROWSDOWN));
}

/*
 * MAP_POPULATE and MAP_LOCKED fill the mapping inside mmap(2), before it could be bound. Without rights there is
 * nothing to fill (mm/gup.c, populate_vma_page_range()). So the mapping is created without rights, bound, given its
 * rights, and then filled.
 */
static void *map_filled(const struct placement_target *t, const struct request *r)
{
	struct request first = *r;
	int saved = errno;
	void *p;

	first.prot = PROT_NONE;
	p = request_map(t, &first);
	if (p == MAP_FAILED)
		return p;
	(void)bind_private(t, p, r->size, 0);
	if (sys_mprotect(p, r->size, r->prot) < 0)
		return request_fail(p, r->size, errno);
	if (r->prot != PROT_NONE)
		(void)madvise(p, r->size, r->prot & PROT_WRITE ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
	errno = saved;
	return p;
}

_cold_ static void *map_private(const struct request *r, const void *caller)
{
	const struct placement_target *t = r->size ? preload_find_anon(r->size, sys_is_exec(r->prot), NULL, caller) : NULL;
	void *p;

	if (!t)
		return real.mmap(r->p, r->size, r->prot, r->flags, r->fd, r->offset);
	if (target_is_strict(t))
		return strict_map(t, r);
	if (r->flags & (MAP_POPULATE | MAP_LOCKED))
		return map_filled(t, r);
	p = request_map(t, r);
	if (p != MAP_FAILED)
		(void)bind_private(t, p, r->size, 0);
	return p;
}

/*
 * Just-in-time compilers map a memory file twice, once to write code and once to run it. The policy belongs to the
 * file, so a file that this process can execute through another mapping gets none.
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

static const struct placement_target *find_backed(const struct request *r, bool is_exec, struct backing *b)
{
	if (!backing_of(r->fd, b))
		return NULL;
	return b->is_shm ? preload_find_shm(r->size, is_exec || is_code_elsewhere(r->fd), b->name) :
			   preload_find_file(r->size, is_exec, b->name);
}

/* A path takes more than the stack of any thread may have. */
static const struct placement_target *find_named(const struct request *r, bool is_exec)
{
	const struct placement_target *t;
	int saved = errno;
	struct backing *b;

	if (r->flags & MAP_ANONYMOUS)
		return preload_find_shm(r->size, is_exec, NULL);
	b = sys_mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED) {
		errno = saved;
		return NULL;
	}
	t = find_backed(r, is_exec, b);
	munmap(b, sizeof(*b));
	return t;
}

/*
 * Shared memory has its own policy. For a file, the mapping's policy applies to the pages that a private mapping
 * copies; the page cache is placed by the task that reads the file (mm/filemap.c, filemap_alloc_folio()).
 */
_cold_ static void *map_named(const struct request *r)
{
	const bool is_exec = sys_is_exec(r->prot);
	const struct placement_target *t = find_named(r, is_exec);
	void *p;

	if (t && target_is_strict(t) && request_fills(r))
		return strict_map(t, r);
	p = real.mmap(r->p, r->size, r->prot, r->flags, r->fd, r->offset);
	if (p == MAP_FAILED)
		return p;
	if (is_exec)
		preload_let_go(p, r->size);
	if (t)
		(void)bind_range(t, p, r->size, r->flags & (MAP_POPULATE | MAP_LOCKED) ? MPOL_MF_MOVE : 0);
	return p;
}

static bool may_be_named(int flags, size_t size)
{
	if (flags & MAP_ANONYMOUS)
		return (flags & MAP_TYPE) != MAP_PRIVATE && preload_may_allow(PLACEMENT_SHM, size);
	return preload_may_allow(PLACEMENT_SHM, size) || preload_may_allow(PLACEMENT_FILE, size);
}

_public_ void *mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (preload_may_allow(PLACEMENT_ANON, size) && is_private_anonymous(flags))
		return map_private(&(struct request){ p, size, prot, flags, fd, offset }, CALLER);
	if (may_be_named(flags, size))
		return map_named(&(struct request){ p, size, prot, flags, fd, offset });
	return real.mmap(p, size, prot, flags, fd, offset);
}

_Static_assert(sizeof(off_t) == 8, "mmap and mmap64 are to be one");
_public_ void *mmap64(void *p, size_t size, int prot, int flags, int fd, off_t offset) __attribute__((alias("mmap")));
