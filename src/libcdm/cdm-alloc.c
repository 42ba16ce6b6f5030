/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cdm-internal.h"
#include "cdm.h"

#include "basic/strutil.h"
#include "meminfo.h"
#include "rules.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/* What may spill meanwhile, until it is seen. */
#define FILL_PAGES 4096

/*
 * Straight from the kernel: in a launched program mmap() is one that places mappings by the launch's rules
 * (src/preload/hooks-mmap.c), and this one has been placed by the program itself.
 */
void *map_memory(size_t size, int flags, int fd)
{
	return (void *)(intptr_t)syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, flags, fd, (off_t)0);
}

/* A mapping that begins at a multiple of alignment, a power of two and a page at least. */
static int map_aligned(size_t alignment, size_t size, char **ret, struct error *err)
{
	size_t extra = alignment - page_size(), head;
	char *p = size + extra < size ? MAP_FAILED : map_memory(size + extra, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (p == MAP_FAILED)
		return fail(err, -ENOMEM, "%zu bytes of address space: %m", size);
	head = -(uintptr_t)p & (alignment - 1);
	if (head)
		munmap(p, head);
	if (extra > head)
		munmap(p + head + size, extra - head);
	*ret = p + head;
	return 0;
}

static uint64_t free_bytes(const struct nodeset *nodes)
{
	_cleanup_root_ struct root root = ROOT_NONE;

	return root_open(NULL, &root, NULL) < 0 ? UINT64_MAX : meminfo_free(&root, nodes);
}

static int is_full(const struct nodeset *nodes, size_t size, struct error *err)
{
	return fail(err, -ENOMEM, "node %s has no %s free (%s of it are): without CDM_STRICT what does not fit is spilled",
		    NODESET_STR(nodes), SIZE_STR(size), SIZE_STR(free_bytes(nodes)));
}

/*
 * Every page now, and on the place. A BIND policy would not fail where the place is full, but have the kernel kill
 * somebody (mm/page_alloc.c, out_of_memory() with CONSTRAINT_MEMORY_POLICY); so the pages are made by a policy that
 * spills, looked at, and only what is there is bound.
 */
static int fill_strictly(const struct pages *pages, const struct place *place, struct error *err)
{
	size_t page = page_size();
	int r;

	if (free_bytes(&place->now) < pages->n * page)
		return is_full(&place->now, pages->n * page, err);
	r = bind_pages(pages, POLICY_PREFER, &place->all, 0, err);
	for (size_t i = 0; r >= 0 && i < pages->n; i += FILL_PAGES) {
		struct pages piece = { pages->start + i * page, pages->n - i < FILL_PAGES ? pages->n - i : FILL_PAGES };
		ssize_t there;

		if (madvise(piece.start, piece.n * page, MADV_POPULATE_WRITE) < 0)
			return fail(err, -errno, "filling %zu pages: %m", piece.n);
		there = count_pages(&piece, &place->now, NULL, err);
		if (there < 0)
			return (int)there;
		if ((size_t)there < piece.n)
			return fail(err, -ENOMEM,
				    "node %s took %zu of %zu pages (the kernel keeps a reserve): without CDM_STRICT what "
				    "does not fit is spilled",
				    NODESET_STR(&place->now), i + (size_t)there, pages->n);
	}
	return r < 0 ? r : bind_pages(pages, POLICY_BIND, &place->all, 0, err);
}

static int put(const struct pages *pages, int policy, const char *where, struct error *err)
{
	struct place place;
	int r = policy == POLICY_BIND ? place_need(where, &place, err) : place_find(where, &place, err);

	if (r < 0)
		return r;
	if (policy == POLICY_BIND)
		return fill_strictly(pages, &place, err);
	/* Nothing of the place is there for us, so that all of it spills. */
	if (nodeset_empty(&place.now))
		return 0;
	return bind_pages(pages, policy, &place.all, 0, err);
}

static int alloc(size_t alignment, size_t size, const char *where, unsigned flags, void **ret, struct error *err)
{
	int policy = policy_of(flags, 0, err), r;
	size_t page = page_size(), whole;
	struct pages pages;
	char *p = NULL;

	if (policy < 0)
		return policy;
	if (alignment & (alignment - 1))
		return fail(err, -EINVAL, "an alignment of %zu is no power of two", alignment);
	if (size == 0 || size > PTRDIFF_MAX - page || alignment > PTRDIFF_MAX / 2)
		return fail(err, size ? -ENOMEM : -EINVAL, "%zu bytes, aligned to %zu, cannot be had", size, alignment);
	whole = (size + page - 1) / page * page;
	alignment = alignment > page ? alignment : page;
	if (where && where[0] == '/')
		return policy == POLICY_PREFER || policy == POLICY_BIND ?
			       dax_alloc(where, alignment, whole, ret, err) :
			       fail(err, -EINVAL, "flags %#x: %s has no nodes to take turns", flags, where);
	r = map_aligned(alignment, whole, &p, err);
	if (r < 0)
		return r;
	r = pages_of(p, whole, &pages, err);
	if (r >= 0)
		r = put(&pages, policy, where, err);
	if (r < 0) {
		munmap(p, whole);
		return r;
	}
	*ret = p;
	return 0;
}

_public_ void *cdm_aligned_alloc(size_t alignment, size_t size, const char *where, unsigned flags)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	int saved = errno;
	void *p = NULL;
	int r = (int)cdm_told(alloc(alignment, size, where, flags, &p, &err), &err);

	errno = r < 0 ? -r : saved;
	return p;
}

_public_ void *cdm_alloc(size_t size, const char *where, unsigned flags)
{
	return cdm_aligned_alloc(0, size, where, flags);
}

_public_ int cdm_free(void *p, size_t size)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	struct pages pages;
	int r;

	if (!p)
		return 0;
	r = pages_of(p, size, &pages, &err);
	if (r >= 0)
		r = dax_free(p, pages.n * page_size(), &err);
	if (r > 0)
		return 0;
	if (r >= 0 && munmap(pages.start, pages.n * page_size()) < 0)
		r = fail(&err, -errno, "munmap of %zu bytes at %p: %m", size, p);
	return (int)cdm_told(r, &err);
}
