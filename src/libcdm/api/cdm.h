/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * libcdm: device memory for C programs. libcdm(3) and the pages that it names describe everything below at length.
 *
 *   #include <cdm.h>
 *   double *a = cdm_alloc(n * sizeof(*a), NULL, 0);
 *   cdm_free(a, n * sizeof(*a));
 *
 * Link with `pkg-config --libs cdm`. There is no handle to open: which memory a process may use is a property of the
 * process (its cpuset), and which nodes are device nodes is a property of the machine (cdm.json(5)).
 *
 * Places. The parameter `where` names the nodes that memory shall be on:
 *
 *   NULL       every device node
 *   "gpu"      the nodes of the class of that name in the configuration
 *   "1,4-7"    these nodes
 *   "system"   every node that is not a device node
 *
 * Errors. A function that fails returns a negative errno; one that returns a pointer returns NULL and sets errno.
 * cdm_error() then explains what failed, why, and what to do about it. No function prints anything or ends the process.
 * Several functions can fail with
 *
 *   -ENOENT    there is no class called `where`, and it is not a list of possible nodes either
 *   -EINVAL    an argument is invalid: a size of 0, an address that is not page-aligned, an unknown flag, two policies,
 *              or a policy that this kernel does not know
 *   -EPERM     a seccomp filter (of a container run-time, for example) forbids the system call
 *   -ENOMEM    address space, mappings (vm.max_map_count) or the process's own memory ran out
 *
 * and those that need a node of the place now (they are named below) with
 *
 *   -EACCES    memory of the place is online, but this process's cpuset does not allow it
 *   -ENODEV    no memory of the place is online, or there cannot be a node of it
 *
 * Errors from reading the configuration and sysfs are passed on as they are.
 *
 * Threads. Every function may be called from any thread at any time, but not from a signal handler. The one exception
 * is a watch (cdm_watch_open()), which one thread at a time may use.
 */

#ifndef CDM_H
#define CDM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Flags. At most one of the first three, which choose the policy of a range. Without any of them pages prefer the
 * place and spill to other nodes when it is full.
 */
#define CDM_STRICT 0x1u     /* every page is made now and is on the place; otherwise the call fails with -ENOMEM */
#define CDM_INTERLEAVE 0x2u /* page by page on the nodes of the place in turn */
#define CDM_WEIGHTED 0x4u   /* likewise, by the nodes' weights (since Linux 6.9) */
#define CDM_MOVE 0x8u       /* cdm_bind() and cdm_unbind() only: also move the pages that exist already */

/*
 * Allocates `size` bytes, rounded up to whole pages: zeroed, private to the process, readable and writable, and
 * page-aligned. flags: 0 or one of the first three above. Each call makes a mapping of its own, so use it for few and
 * large blocks.
 *
 * `where` may also be the path of a devdax, such as "/dev/dax0.0" (flags: 0 or CDM_STRICT): the block is then cut from
 * that device, which the process holds exclusively as long as it has a block of it.
 *
 * Returns the block, which the caller owns until it passes it to cdm_free(), or NULL with errno set; on success errno
 * is unchanged. Without CDM_STRICT it is no error if the place is full, not online or not granted: the pages spill.
 * With it the call can fail with EACCES, ENODEV or ENOMEM (the place is full), and then leaves nothing behind. A devdax
 * never spills: the errors are EBUSY (another process has it), ENOMEM (it is full) and ENODEV (it is no devdax). See
 * cdm_alloc(3).
 */
void *cdm_alloc(size_t size, const char *where, unsigned flags);

/* Like cdm_alloc(), but the block begins at a multiple of `alignment` bytes, a power of two; 0 means page-aligned. */
void *cdm_aligned_alloc(size_t alignment, size_t size, const char *where, unsigned flags);

/*
 * Frees a whole block of cdm_alloc() or cdm_aligned_alloc(). p and size must be the block's address and the size that
 * was asked for, since the library keeps no table of blocks. cdm_free(NULL, 0) does nothing. Returns 0 or a negative
 * errno; -EPERM if the block is of a devdax that the parent opened before fork(2).
 */
int cdm_free(void *p, size_t size);

/*
 * Sets the memory policy of a range of pages that the caller has mapped by any means: from now on its pages go to the
 * place, by the policy that flags ask for. addr must be page-aligned; size is in bytes, and the last page counts in
 * full. The pages may exist already: CDM_MOVE moves those that belong to this process alone, as far as the kernel can.
 * CDM_STRICT makes every page of the range now; if it fails with -ENOMEM, the range keeps the policy that spills, and
 * the pages that have been made. -EINVAL then also means that the range is not writable.
 *
 * Returns 0 or a negative errno: also -EACCES and -ENODEV, and -EFAULT if part of the range is not mapped. See
 * cdm_bind(3), also for when a range uses nodes that are added later.
 */
int cdm_bind(void *addr, size_t size, const char *where, unsigned flags);

/*
 * Removes the policy of a range again, so that the thread's policy places its pages. addr and size are as for
 * cdm_bind(). flags: 0, or CDM_MOVE, which moves existing pages to system nodes. Returns 0 or a negative errno.
 */
int cdm_unbind(void *addr, size_t size, unsigned flags);

/*
 * The next three functions look at each page of a range. addr must be page-aligned; size is in bytes, and the last page
 * counts in full. The pages are those of sysconf(_SC_PAGESIZE); a huge page counts as the pages that it consists of.
 * status is NULL or an array of the caller's with one int for each page. All three return a number of pages or a
 * negative errno. Their result may be out of date when they return. See cdm_migrate(3).
 */

/*
 * Moves the pages that are elsewhere to the place, and returns how many pages of the range are on the place in the end:
 * fewer than all is no error. Each status becomes the page's node, or the negative errno that says why the page is not
 * on the place: -ENOENT (never touched, or swapped out), -EFAULT (not mapped, or the zero page), -EACCES (shared with
 * other processes), -ENOMEM (no room), -EBUSY (pinned or in use by the kernel). The policy of the range is unchanged.
 * The call itself fails with -EACCES or -ENODEV if the process may use no node of the place; what was moved before a
 * failure stays moved.
 */
ssize_t cdm_migrate(void *addr, size_t size, const char *where, int *status);

/* Sets each status to the node that the page is on, or to a negative errno, and returns how many are on a node. */
ssize_t cdm_where(const void *addr, size_t size, int *status);

/* Returns how many pages of the range are on the place. */
ssize_t cdm_count(const void *addr, size_t size, const char *where);

enum cdm_state {
	CDM_OFFLINE, /* none of the node's memory is online */
	CDM_PARTIAL, /* some of its memory blocks are online */
	CDM_ONLINE,  /* all of its memory is online */
};

/* A node that has memory, online or not. Later versions may add members at the end: do not copy or create one. */
struct cdm_node {
	struct cdm_node *next;  /* the next higher node number; NULL in the last one */
	const char *class_name; /* "system" for a system node; valid as long as the list */
	int node;               /* the node number */
	int is_device;          /* whether it is a device node */
	int is_granted;         /* whether this process may use it now */
	enum cdm_state state;
	uint64_t size, online, free; /* bytes; 0 if unknown */
};

/*
 * Reads the machine's nodes anew and stores a list of them in *ret, which the caller frees with cdm_nodes_free().
 * Returns 0, or a negative errno and leaves *ret unchanged. See cdm_nodes(3).
 */
int cdm_nodes(struct cdm_node **ret);

/* Frees a list of cdm_nodes(), all of it; NULL is ignored. */
void cdm_nodes_free(struct cdm_node *nodes);

enum cdm_event_kind {
	CDM_CAME,    /* this process may use the device node from now on */
	CDM_LEAVING, /* the node is about to be taken away (cdmadm offline or drain); only cdmd(8) announces this */
	CDM_GONE,    /* this process may not use the node any more; the kernel has moved the pages */
};

struct cdm_event {
	enum cdm_event_kind kind;
	int node;
};

struct cdm_watch;

/*
 * Opens a watch for the device nodes that this process gets and loses, and stores it in *ret. The caller closes it with
 * cdm_watch_close(). Only one thread at a time may use a watch; different watches are independent. After fork(2) the
 * child closes it and opens its own. Returns 0, or a negative errno and leaves *ret unchanged. See cdm_watch_open(3).
 */
int cdm_watch_open(struct cdm_watch **ret);

/*
 * Returns the watch's descriptor, for poll(2) and the like. It is readable when cdm_watch_read() may have an event. It
 * belongs to the watch: do not read or close it.
 */
int cdm_watch_fd(const struct cdm_watch *watch);

/*
 * Takes the next event without waiting. Returns 1 and fills in *ret, 0 if there is no event now, or a negative errno.
 * The first events are CDM_CAME for each node that the process has already. Read until it returns 0, then wait.
 */
int cdm_watch_read(struct cdm_watch *watch, struct cdm_event *ret);

/* Closes the watch and its descriptor and frees it; NULL is ignored. */
void cdm_watch_close(struct cdm_watch *watch);

/*
 * Makes the whole process use the configuration in `file` instead of /etc/cdm from now on; NULL: /etc/cdm again. The
 * library copies the name. A configuration only defines classes; it grants nothing. Returns 0, or a negative errno:
 * the configuration that was in force then stays, and cdm_error() names file, line and column of a mistake (-EINVAL).
 * See cdm_nodes(3).
 */
int cdm_config(const char *file);

/*
 * Returns one line, without a newline, that explains the last failure of a function of this library in this thread.
 * Never NULL; empty if nothing has failed; unchanged by a success. The text belongs to the library and is valid until
 * this thread's next call of a function of the library, or its end. Programs should test the errno instead.
 */
const char *cdm_error(void);

#ifdef __cplusplus
}
#endif

#endif
