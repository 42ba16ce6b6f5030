/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the files of the public library share. The library runs inside foreign programs: it prints nothing, never exits,
 * installs no signal handler, keeps no descriptor open except those that the caller asked for, and links only libc and
 * jansson.
 */

#include "basic/root.h"
#include "libcdm/snapshot/classify.h"
#include "libcdm/config/config.h"
#include "libcdm/kernel/topology.h"

#include <sys/types.h>

/* Every public function ends here. If r is negative, err is handed over to this thread's cdm_error(). Returns r. */
ssize_t cdm_told(ssize_t r, struct error *err);

/* Protects the state that the library's files share, across fork(2) too. It is not held while memory is touched. */
void library_lock(void);
void library_unlock(void);

/* A snapshot of the machine. */
struct look {
	struct config *config;
	struct topology *topology; /* without its memory blocks */
	struct classification *classes;
	struct nodeset usable; /* the nodes that the process could use then */
};

/* file is as in config_load(); root is a captured tree or the system. The caller fills in `usable`. */
_must_use_ int look_at(const struct root *root, const char *file, struct look **ret, struct error *err);
void look_free(struct look *look);
DEFINE_CLEANUP(struct look *, look_free)
#define _cleanup_look_ _cleanup_(look_freep)

/* The nodes that this process may have pages on: those of its cpuset that have memory online. */
_must_use_ int usable_nodes(const struct root *root, struct nodeset *ret, struct error *err);

/* Makes the list that cdm_nodes() returns, in one malloc block. Returns 0 or -ENOMEM. */
struct cdm_node;
int nodes_list(const struct look *look, struct cdm_node **ret);

/*
 * Calls fn with the current look, under the lock. A new look is made first if `anew` says so, or if the process may now
 * use other nodes than when the last one was made.
 */
_must_use_ int look_with(bool anew, int (*fn)(const struct look *look, const void *in, void *out, struct error *err),
			 const void *in, void *out, struct error *err);

struct place {
	/* for a policy: also the absent nodes that can only belong to the place, so that it widens at hot-add */
	struct nodeset all;
	struct nodeset now; /* those of them that the process may use now */
};

/* Returns 0, or -ENOENT if `where` is neither a class nor a list of possible nodes. Pure. */
_must_use_ int place_in(const struct look *look, const char *where, struct place *ret, struct error *err);
_must_use_ int place_find(const char *where, struct place *ret, struct error *err);

/* The same, but fails with -ENODEV or -EACCES, and the remedy, if the process may not use any node of the place now. */
_must_use_ int place_need_in(const struct look *look, const char *where, struct place *ret, struct error *err);
_must_use_ int place_need(const char *where, struct place *ret, struct error *err);

/* A range of pages: addr must be page-aligned (otherwise -EINVAL), and the last page counts in full, as in mbind(2). */
struct pages {
	char *start;
	size_t n;
};

/* The end of a message about a system call that failed with EPERM. */
#define FORBIDDEN_CALL ": a seccomp filter forbids this call: the profile of the container must allow it"

size_t page_size(void);
_must_use_ int pages_of(const void *addr, size_t size, struct pages *ret, struct error *err);

/* Returns the policy that flags ask for (enum cdm_policy), or -EINVAL if any other flag than `allowed` is set. */
_must_use_ int policy_of(unsigned flags, unsigned allowed, struct error *err);
_must_use_ int bind_pages(const struct pages *pages, int policy, const struct nodeset *nodes, unsigned flags,
			  struct error *err);

/*
 * Fills a range that is bound strictly, so that every page exists and is on the place; otherwise -ENOMEM
 * (basic/fill.h), and the pages that have been filled stay.
 */
_must_use_ int fill_strictly(const struct pages *pages, const struct place *place, struct error *err);

/*
 * Both return how many pages are on the nodes in the end; nodes NULL: on any node. status is NULL or has an int for
 * each page: its node or a negative errno, which after migrate_pages_to() says why the page is not on these nodes.
 */
ssize_t count_pages(const struct pages *pages, const struct nodeset *nodes, int *status, struct error *err);
ssize_t migrate_pages_to(const struct pages *pages, const struct nodeset *to, int *status, struct error *err);

/* Whether a message of the kernel's on NETLINK_KOBJECT_UEVENT is about a node or a memory block. Pure. */
bool uevent_is_of_memory(const char *text, size_t len);

/* mmap(2), readable and writable. */
void *map_memory(size_t size, int flags, int fd);

/* Allocates a zeroed block of a devdax, in whole pages. -EBUSY: another process has the device; -ENOMEM: it is full. */
_must_use_ int dax_alloc(const char *path, size_t alignment, size_t size, void **ret, struct error *err);
/* Frees such a block and returns 1; returns 0 if p is not on a devdax of ours. */
_must_use_ int dax_free(void *p, size_t size, struct error *err);
