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
	uint64_t start, end; /* end 0: unknown (only inside libcdm/kernel) */
	char *policy;        /* as numa_maps shows it; that of the task if the VMA has none: "bind=static:1" */
	bool is_tasks;       /* the policy is, or may be, the task's: see vma_stream_judge_all() */
	char *name;          /* the file's path or "[anon:...]", raw bytes: escape_text() before showing; NULL: none */
	enum vma_what what;
	bool is_exec;
	bool is_shared;        /* other processes map a page of it, too (after fork, or shared memory) */
	uint64_t page_size;    /* bytes; 0 if the VMA has no pages */
	struct node_pages *on; /* the nodes that have pages of it, ascending */
	size_t n_on;
};
#define VMA_NONE ((struct vma){ 0 })

void vma_done(struct vma *vma);
#define _cleanup_vma_ _cleanup_(vma_done)

/*
 * The VMAs of a process, one after the other, by ascending address: of a process with many VMAs only one is in memory
 * (two pages of text and the longest line, VMA_LINE_MAX). The process may run and change meanwhile, since the kernel
 * holds its lock only for a buffer at a time (fs/proc/task_mmu.c, m_start()): a VMA that is split, merged or moved just
 * then can be seen twice or not at all, and one that goes after numa_maps was read, but before maps was, has an end
 * that covers no more than its pages.
 */
struct vma_stream;

/*
 * `process` is its directory in /proc: the files are those of this process, whoever has its number later; pid is for
 * messages. -ESRCH: the process is gone. A kernel thread, and a process that has ended but was not waited for, has no
 * VMAs.
 */
_must_use_ int vma_stream_open(const struct root *process, pid_t pid, struct vma_stream **ret, struct error *err);
_must_use_ int vma_stream_of_pid(const struct root *root, pid_t pid, struct vma_stream **ret, struct error *err);

/*
 * The kernel shows a policy of the VMA and one of the task alike. Which it is takes a second look at numa_maps, so only
 * policies of the kind that rules set (MPOL_F_STATIC_NODES) are judged, unless this is called: any other may be the
 * task's.
 */
void vma_stream_judge_all(struct vma_stream *s);

/* Returns 1 with the next VMA, 0 at the end, or a negative errno: -ESRCH as above. */
_must_use_ int vma_stream_next(struct vma_stream *s, struct vma *ret, struct error *err);

void vma_stream_free(struct vma_stream *s);
DEFINE_CLEANUP(struct vma_stream *, vma_stream_free)
#define _cleanup_vma_stream_ _cleanup_(vma_stream_freep)

/* Sums the base pages that a process has on nodes; reads numa_maps alone. -ESRCH: the process is gone. */
_must_use_ int process_pages_on(const struct root *root, pid_t pid, const struct nodeset *nodes, uint64_t *ret,
				struct error *err);

/*
 * The nodes that the cpuset of a process allows (Mems_allowed_list); pid 0: the caller's. Returns a negative errno on
 * failure.
 */
int process_nodes(const struct root *root, pid_t pid, struct nodeset *ret);

/* Base pages on a set of nodes. */
uint64_t vma_pages_on(const struct vma *vma, const struct nodeset *nodes);

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
