/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the files of the public library share. It lives in other people's processes: it prints nothing, never exits,
 * installs no handler, keeps no descriptor but those that the caller asked for, and links libc and jansson alone.
 */

#include "basic/root.h"
#include "libcdm/snapshot/classify.h"
#include "libcdm/config/config.h"
#include "libcdm/kernel/topology.h"

#include <sys/types.h>

/* The edge: what failed is kept for cdm_error() of this thread, and is err's no more. Returns r. */
ssize_t cdm_told(ssize_t r, struct error *err);

/* Guards what the library's files have in common, across fork(2) too. Not held while memory is touched. */
void library_lock(void);
void library_unlock(void);

/* What was seen of the machine at one moment. */
struct look {
	struct config *config;
	struct topology *topology; /* without its blocks */
	struct classification *classes;
	struct nodeset usable; /* what the process could use then */
};

/* file as in config_load(); root a captured tree or the system. `usable` is for the caller to fill. */
int look_at(const struct root *root, const char *file, struct look **ret, struct error *err);
void look_free(struct look *look);
DEFINE_CLEANUP(struct look *, look_free)
#define _cleanup_look_ _cleanup_(look_freep)

/* The nodes that a process may have pages on: its cpuset's that have memory online. */
int usable_nodes(const struct root *root, struct nodeset *ret, struct error *err);

/* The list that cdm_nodes() hands out, in one piece. -ENOMEM. */
struct cdm_node;
int nodes_list(const struct look *look, struct cdm_node **ret);

/*
 * Calls fn with the current look, made anew if it is asked for or the process may use other nodes than it could then.
 */
int look_with(bool anew, int (*fn)(const struct look *look, const void *in, void *out, struct error *err),
	      const void *in, void *out, struct error *err);

struct place {
	/* for a policy: absent nodes that can only be of it are in it, so that it widens at hot-add */
	struct nodeset all;
	struct nodeset now; /* those of them that the process may use now */
};

/* -ENOENT: neither a class nor a list of nodes that can be. Pure. */
int place_in(const struct look *look, const char *where, struct place *ret, struct error *err);
int place_find(const char *where, struct place *ret, struct error *err);

/* The same, and the process may use some of it: otherwise -ENODEV or -EACCES, with the remedy. */
int place_need_in(const struct look *look, const char *where, struct place *ret, struct error *err);
int place_need(const char *where, struct place *ret, struct error *err);

/* A range of pages: addr is the begin of one (otherwise -EINVAL), and the last one counts in full, as in mbind(2). */
struct pages {
	char *start;
	size_t n;
};

size_t page_size(void);
int pages_of(const void *addr, size_t size, struct pages *ret, struct error *err);

/* The policy that flags ask for (enum cdm_policy); others than `allowed` beside it are -EINVAL. */
int policy_of(unsigned flags, unsigned allowed, struct error *err);
int bind_pages(const struct pages *pages, int policy, const struct nodeset *nodes, unsigned flags, struct error *err);

/*
 * Fills a range that is bound strictly: every page is there now, and on the place, or -ENOMEM (basic/fill.h). What has
 * been filled stays.
 */
int fill_strictly(const struct pages *pages, const struct place *place, struct error *err);

/*
 * How many are on these nodes; NULL: on any. status, of an int for each page, or NULL: its node or -errno; migrated:
 * why a page is not on these nodes.
 */
ssize_t count_pages(const struct pages *pages, const struct nodeset *nodes, int *status, struct error *err);
ssize_t migrate_pages_to(const struct pages *pages, const struct nodeset *to, int *status, struct error *err);

/* Whether what the kernel sends through NETLINK_KOBJECT_UEVENT is about a node or a memory block. Pure. */
bool uevent_is_of_memory(const char *text, size_t len);

/* mmap(2), readable and writable. */
void *map_memory(size_t size, int flags, int fd);

/* A zeroed block of a devdax, whole pages. -EBUSY: another process has the device; -ENOMEM: it is full. */
int dax_alloc(const char *path, size_t alignment, size_t size, void **ret, struct error *err);
/* 1: it was one, 0: it is none. */
int dax_free(void *p, size_t size, struct error *err);
