/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* cdm_bind() and cdm_unbind(): set and remove the policy of memory that exists already. */

#include "cdm-internal.h"
#include "cdm.h"

#include "libcdm/kernel/mempolicy.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>

size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int pages_of(const void *addr, size_t size, struct pages *ret, struct error *err)
{
	size_t page = page_size(), n = size / page + (size % page != 0);

	if ((uintptr_t)addr % page)
		return fail(err, -EINVAL,
			    "%p is not page-aligned, and only whole pages of %zu bytes can be placed: allocate with cdm_alloc(3) "
			    "or posix_memalign(3)",
			    addr, page);
	if (size == 0)
		return fail(err, -EINVAL, "the size of the range at %p is 0: give at least one byte", addr);
	if (n > (UINTPTR_MAX - (uintptr_t)addr) / page)
		return fail(err, -EINVAL, "%zu bytes at %p reach beyond the end of the address space", size, addr);
	*ret = (struct pages){ .start = (char *)addr, .n = n };
	return 0;
}

int policy_of(unsigned flags, unsigned allowed, struct error *err)
{
	unsigned policy = flags & (CDM_STRICT | CDM_INTERLEAVE | CDM_WEIGHTED);

	if (flags & ~(policy | allowed))
		return fail(err, -EINVAL, "flags %#x: this function has no flag %#x: see cdm.h", flags,
			    flags & ~(policy | allowed));
	switch (policy) {
	case 0:
		return POLICY_PREFER;
	case CDM_STRICT:
		return POLICY_BIND;
	case CDM_INTERLEAVE:
		return POLICY_INTERLEAVE;
	case CDM_WEIGHTED:
		return POLICY_WEIGHTED;
	default:
		break;
	}
	return fail(err, -EINVAL, "flags %#x: CDM_STRICT, CDM_INTERLEAVE and CDM_WEIGHTED exclude each other: give one",
		    flags);
}

static int mbind_failed(const struct pages *pages, int policy, int code, struct error *err)
{
	const char *why = "";

	if (code == -EPERM)
		why = FORBIDDEN_CALL;
	else if (code == -EFAULT)
		why = ": part of it is not mapped";
	else if (code == -ENOMEM)
		why = ": the process may have as many mappings as vm.max_map_count allows";
	else if (code == -EINVAL && policy == POLICY_WEIGHTED)
		why = ": weighted interleaving needs Linux 6.9: use CDM_INTERLEAVE";
	else if (code == -EINVAL)
		why = ": the last of its nodes may just have been removed: see `cdmadm nodes`";
	return fail(err, code, "mbind of %zu pages at %p: %m%s", pages->n, (void *)pages->start, why);
}

int bind_pages(const struct pages *pages, int policy, const struct nodeset *nodes, unsigned flags, struct error *err)
{
	int mode = nodes ? policy_mode((enum cdm_policy)policy) : MPOL_DEFAULT;

	if (syscall(SYS_mbind, pages->start, pages->n * page_size(), mode, nodes ? nodes->bits : NULL,
		    nodes ? (unsigned long)NODESET_MAXNODE : 0, flags) < 0)
		return mbind_failed(pages, policy, -errno, err);
	return 0;
}

static int bind(void *addr, size_t size, const char *where, unsigned flags, struct error *err)
{
	int policy = policy_of(flags, CDM_MOVE, err), r;
	struct pages pages;
	struct place place;

	if (policy < 0)
		return policy;
	r = pages_of(addr, size, &pages, err);
	if (r >= 0)
		r = place_need(where, &place, err);
	if (r >= 0)
		r = bind_pages(&pages, policy, &place.all, flags & CDM_MOVE ? MPOL_MF_MOVE : 0, err);
	return r >= 0 && policy == POLICY_BIND ? fill_strictly(&pages, &place, err) : r;
}

static int unbind(void *addr, size_t size, unsigned flags, struct error *err)
{
	struct pages pages;
	struct place system;
	int r = pages_of(addr, size, &pages, err);
	ssize_t moved;

	if (flags & ~CDM_MOVE)
		return fail(err, -EINVAL, "flags %#x: cdm_unbind() has no flag but CDM_MOVE", flags);
	if (r >= 0)
		r = bind_pages(&pages, 0, NULL, 0, err);
	if (r < 0 || !(flags & CDM_MOVE))
		return r;
	r = place_need("system", &system, err);
	if (r < 0)
		return r;
	moved = migrate_pages_to(&pages, &system.now, NULL, err);
	return moved < 0 ? (int)moved : 0;
}

_public_ int cdm_bind(void *addr, size_t size, const char *where, unsigned flags)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	return (int)cdm_told(bind(addr, size, where, flags, &err), &err);
}

_public_ int cdm_unbind(void *addr, size_t size, unsigned flags)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	return (int)cdm_told(unbind(addr, size, flags, &err), &err);
}
