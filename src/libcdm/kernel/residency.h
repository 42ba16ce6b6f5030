/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* On which nodes the pages of a process or a cgroup are, and what is in use on a node, as the kernel counts it. */

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
	uint64_t pages; /* base pages; a hugetlb page counts as many */
};

struct vma {
	uint64_t start, end; /* end 0: unknown before vmas_add_maps() */
	char *policy;        /* as numa_maps shows it; that of the task if the VMA has none: "bind=static:1" */
	bool is_tasks;       /* the policy is, or may be, the task's: the kernel shows both alike; by vmas_add_maps() */
	char *name;          /* the file's path or "[anon:...]", raw bytes: escape_text() before showing; NULL: none */
	enum vma_what what;
	bool is_exec;          /* set by vmas_add_maps() */
	bool is_shared;        /* other processes map a page of it, too (after fork, or shared memory) */
	uint64_t page_size;    /* bytes; 0 if the VMA has no pages */
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
 * Parses the text of /proc/PID/numa_maps (fs/proc/task_mmu.c, show_numa_map()), which has no ends, and does not tell
 * TEXT and DATA from FILE. -EINVAL: the text is not numa_maps; -ENOMEM.
 */
int numa_maps_parse(const char *text, size_t len, struct vmas *ret);

/*
 * Adds ends, permissions and full names from the text of /proc/PID/maps, which must be read just after numa_maps. VMAs
 * that are gone by then are dropped. -EINVAL, -ENOMEM; vmas may then only be given to vmas_free().
 */
int vmas_add_maps(struct vmas *vmas, const char *text, size_t len);

struct residency {
	pid_t pid;
	struct vmas vmas;
};

/* -ESRCH: the process is gone. A kernel thread has no VMAs. */
_must_use_ int residency_of_pid(const struct root *root, pid_t pid, struct residency **ret, struct error *err);
void residency_free(struct residency *r);
DEFINE_CLEANUP(struct residency *, residency_free)
#define _cleanup_residency_ _cleanup_(residency_freep)

/*
 * The nodes that the cpuset of a process allows (Mems_allowed_list); pid 0: the caller's. Returns a negative errno on
 * failure.
 */
int process_nodes(const struct root *root, pid_t pid, struct nodeset *ret);

/* Base pages on a set of nodes. */
uint64_t vma_pages_on(const struct vma *vma, const struct nodeset *nodes);
uint64_t residency_pages_on(const struct residency *r, const struct nodeset *nodes);

/*
 * The nodes in the policy that is shown for the VMA; false: it names none. The kernel cuts the text at 63 characters,
 * perhaps inside a number, so the last number of a text that was cut is ignored.
 */
bool vma_policy_nodes(const struct vma *vma, struct nodeset *ret);

/* Whether the policy names one of these nodes. */
bool vma_policy_names(const struct vma *vma, const struct nodeset *nodes);

/*
 * Whether the range itself is bound to some of these nodes and to no other, in the way that a rule binds
 * (MPOL_F_STATIC_NODES). The task's policy does not count, since the program may have changed it.
 */
bool vma_is_bound(const struct vma *vma, const struct nodeset *nodes);

/*
 * Bytes of a node that processes may hold: anonymous pages, page cache and shared memory (nodeN/meminfo), and hugetlb
 * pages in use. If all are 0, there is nothing to look for. Kernel memory is not included.
 */
struct node_use {
	uint64_t anon, cache, shmem, huge;
};
_must_use_ int node_use_read(const struct root *root, int node, struct node_use *ret, struct error *err);
uint64_t node_use_sum(const struct node_use *use);

/*
 * Sums anon and file (which includes tmpfs) on nodes, in bytes, from the text of memory.numa_stat of a v2 cgroup.
 * -EINVAL.
 */
int numa_stat_parse(const char *text, const struct nodeset *nodes, uint64_t *ret);

/*
 * The same for the cgroup at `dir` relative to the root ("sys/fs/cgroup/user.slice"), including descendants, without
 * hugetlb pages. -ENOENT: there is no such cgroup, or it has no memory controller.
 */
_must_use_ int cgroup_bytes_on(const struct root *root, const char *dir, const struct nodeset *nodes, uint64_t *ret,
			       struct error *err);
