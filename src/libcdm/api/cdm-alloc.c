/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cdm_alloc() and its relatives: allocate new mappings on device nodes. */

#include "cdm-internal.h"
#include "cdm.h"

#include "basic/fill.h"
#include "basic/strutil.h"
#include "libcdm/kernel/meminfo.h"
#include "libcdm/rules/rules.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/*
 * Calls the kernel directly: in a launched program mmap() is the preload library's, which places mappings by the rules
 * of the launch (src/preload/hooks/hooks-mmap.c), and the program itself chooses the place of this one.
 */
void *map_memory(size_t size, int flags, int fd)
{
	return (void *)(intptr_t)syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, flags, fd, (off_t)0);
}

/* Makes a mapping that begins at a multiple of alignment, which is a power of two and at least a page. */
static int map_aligned(size_t alignment, size_t size, char **ret, struct error *err)
{
	size_t extra = alignment - page_size(), head;
	char *p = size + extra < size ? MAP_FAILED : map_memory(size + extra, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (p == MAP_FAILED)
		return fail(err, -ENOMEM,
			    "mmap of %zu bytes: %m: RLIMIT_AS, vm.overcommit_memory or vm.max_map_count may limit it",
			    size);
	head = -(uintptr_t)p & (alignment - 1);
	if (head)
		munmap(p, head);
	if (extra > head)
		munmap(p + head + size, extra - head);
	*ret = p + head;
	return 0;
}

/* The end of a message about strict memory. */
#define OR_SPILL "ask for less, or without CDM_STRICT, which lets the rest spill to system memory"

static uint64_t free_bytes(const struct nodeset *nodes)
{
	_cleanup_root_ struct root root = ROOT_NONE;

	return root_open(NULL, &root, NULL) < 0 ? UINT64_MAX : meminfo_free(&root, nodes);
}

static int is_full(const struct nodeset *nodes, size_t size, struct error *err)
{
	return fail(err, -ENOMEM, "node %s has %s free, less than %s: " OR_SPILL, NODESET_STR(nodes),
		    SIZE_STR(free_bytes(nodes)), SIZE_STR(size));
}

int fill_strictly(const struct pages *pages, const struct place *place, struct error *err)
{
	int r = fill_pages(pages->start, pages->n * page_size(), MADV_POPULATE_WRITE, &place->now);
	ssize_t there;

	if (r == -EINVAL)
		return fail(err, r, "%zu pages at %p are not writable, so they cannot be filled: use mprotect(2) first",
			    pages->n, (void *)pages->start);
	if (r != -ENOMEM)
		return r < 0 ? fail(err, r, "filling %zu pages: %m", pages->n) : 0;
	there = count_pages(pages, &place->now, NULL, err);
	if (there < 0)
		return (int)there;
	return fail(err, r, "node %s has room for %zd of %zu pages (the kernel keeps a reserve): " OR_SPILL,
		    NODESET_STR(&place->now), there, pages->n);
}

static int put(const struct pages *pages, int policy, const char *where, struct error *err)
{
	struct place place;
	int r = policy == POLICY_BIND ? place_need(where, &place, err) : place_find(where, &place, err);

	if (r < 0)
		return r;
	/* Do not begin to fill a place that has too little free memory. */
	if (policy == POLICY_BIND && free_bytes(&place.now) < pages->n * page_size())
		return is_full(&place.now, pages->n * page_size(), err);
	/* The process may use no node of the place, so all pages spill: leave the range without a policy. */
	if (nodeset_empty(&place.now))
		return 0;
	r = bind_pages(pages, policy, &place.all, 0, err);
	return r >= 0 && policy == POLICY_BIND ? fill_strictly(pages, &place, err) : r;
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
		return fail(err, -EINVAL, "alignment %zu: not a power of two", alignment);
	if (size == 0)
		return fail(err, -EINVAL, "size 0: ask for at least one byte");
	if (size > PTRDIFF_MAX - page || alignment > PTRDIFF_MAX / 2)
		return fail(err, -ENOMEM, "%zu bytes, aligned to %zu, exceed the address space", size, alignment);
	whole = (size + page - 1) / page * page;
	alignment = alignment > page ? alignment : page;
	if (where && where[0] == '/')
		return policy == POLICY_PREFER || policy == POLICY_BIND ?
			       dax_alloc(where, alignment, whole, ret, err) :
			       fail(err, -EINVAL,
				    "flags %#x: the memory of %s belongs to no node, so it cannot be interleaved",
				    flags, where);
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
