/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which nodes the pages of a process, a cgroup or a node's users are on, as the kernel counts them. */

#include "basic/root.h"

#include <sys/types.h>

enum vma_what {
	VMA_ANON,
	VMA_HEAP,
	VMA_STACK,
	VMA_TEXT, /* a file, executable */
	VMA_DATA, /* a file, private and writable */
	VMA_FILE, /* any other file */
	VMA_SHM,  /* shared memory: tmpfs, memfd, SysV, shared anonymous */
	VMA_HUGE, /* hugetlb */
};
const char *vma_what_name(enum vma_what w); /* "anon", "heap", ... */

struct node_pages {
	int node;
	uint64_t pages; /* base pages; a hugetlb page counts as those it is made of */
};

struct vma {
	uint64_t start, end; /* end 0: not known before vmas_add_maps() */
	char *policy;        /* as numa_maps shows it, the task's where the VMA has none: "bind=static:1" */
	bool is_tasks;       /* ... or may be it: the kernel shows the same for what has none; by vmas_add_maps() */
	char *name;          /* the file's path or "[anon:...]", raw bytes: escape_text() before showing; NULL: none */
	enum vma_what what;
	bool is_exec;          /* by vmas_add_maps() */
	bool is_shared;        /* a page of it is mapped by others too (after fork, or shared memory) */
	uint64_t page_size;    /* bytes; 0 where the VMA has no pages */
	struct node_pages *on; /* the nodes that have pages of it, ascending */
	size_t n_on;
};

struct vmas {
	struct vma *v; /* by ascending address */
	size_t n;
};
#define VMAS_NONE ((struct vmas){ 0 })

void vmas_free(struct vmas *vmas);
#define _cleanup_vmas_ _cleanup_(vmas_free)

/*
 * The text of /proc/PID/numa_maps (fs/proc/task_mmu.c, show_numa_map()). It knows no ends, and not TEXT and DATA from
 * FILE. -EINVAL: that is not numa_maps; -ENOMEM.
 */
int numa_maps_parse(const char *text, size_t len, struct vmas *ret);

/*
 * Adds what /proc/PID/maps, read just after, knows: ends, permissions, full names. VMAs that are gone by then are
 * dropped. -EINVAL, -ENOMEM; vmas is then fit for vmas_free() alone.
 */
int vmas_add_maps(struct vmas *vmas, const char *text, size_t len);

struct residency {
	pid_t pid;
	struct vmas vmas;
};

/* -ESRCH: the process is gone. A kernel thread has no VMAs. */
int residency_of_pid(const struct root *root, pid_t pid, struct residency **ret, struct error *err);
void residency_free(struct residency *r);
DEFINE_CLEANUP(struct residency *, residency_free)
#define _cleanup_residency_ _cleanup_(residency_freep)

/*
 * The nodes that a process may have memory of by its cpuset (Mems_allowed_list); pid 0: the caller's. Negative errno.
 */
int process_nodes(const struct root *root, pid_t pid, struct nodeset *ret);

/* Base pages on a set of nodes. */
uint64_t vma_pages_on(const struct vma *vma, const struct nodeset *nodes);
uint64_t residency_pages_on(const struct residency *r, const struct nodeset *nodes);

/*
 * The nodes that the policy shown for the VMA names; false: it names none. The kernel cuts the text at 63 characters,
 * maybe amid a number: of a list cut short the last number does not count.
 */
bool vma_policy_nodes(const struct vma *vma, struct nodeset *ret);

/* Whether one of them is among these. */
bool vma_policy_names(const struct vma *vma, const struct nodeset *nodes);

/*
 * Whether the range itself is bound to some of these nodes and to no other, in the way that a rule binds
 * (MPOL_F_STATIC_NODES). What the task's policy says, which the program may have set anew, allows nothing.
 */
bool vma_is_bound(const struct vma *vma, const struct nodeset *nodes);

/*
 * Bytes of a node that processes may hold: anonymous pages, page cache and shared memory (nodeN/meminfo), and hugetlb
 * pages taken from the node's pools. None used: nothing to look for. Kernel memory is not in it.
 */
struct node_use {
	uint64_t anon, cache, shmem, huge;
};
int node_use_read(const struct root *root, int node, struct node_use *ret, struct error *err);
uint64_t node_use_sum(const struct node_use *use);

/* Bytes of anon and file (tmpfs is in file) on nodes, from the text of memory.numa_stat of a v2 cgroup. -EINVAL. */
int numa_stat_parse(const char *text, const struct nodeset *nodes, uint64_t *ret);

/*
 * The same of the cgroup at `dir` relative to the root ("sys/fs/cgroup/user.slice"), descendants included; hugetlb
 * pages are not in it. -ENOENT: no such cgroup, or no memory controller there.
 */
int cgroup_bytes_on(const struct root *root, const char *dir, const struct nodeset *nodes, uint64_t *ret,
		    struct error *err);
