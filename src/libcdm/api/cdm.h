/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * libcdm: memory of devices, from C. See libcdm(3) and the pages it names.
 *
 *   #include <cdm.h>
 *   double *a = cdm_alloc(n * sizeof(*a), NULL, 0);
 *   cdm_free(a, n * sizeof(*a));
 *
 * Link with `pkg-config --libs cdm`. There is no handle: what memory a process may use is the process's (its cpuset),
 * and which nodes are a device's is the machine's (cdm.json(5)). All functions may be called from any thread at any
 * time.
 *
 * What fails returns a negative errno, or NULL with errno set, and cdm_error() then says why, and what to do.
 *
 * `where` is a place: NULL every device node, the name of a class of the configuration, a list of nodes such as
 * "1,4-7", or "system" for all nodes that are no device's.
 */

#ifndef CDM_H
#define CDM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags. Of the first three one at most; without them a range prefers the place, and spills where that is full. */
#define CDM_STRICT 0x1u     /* only there */
#define CDM_INTERLEAVE 0x2u /* its nodes in turns */
#define CDM_WEIGHTED 0x4u   /* its nodes in turns, by their weights (Linux 6.9) */
#define CDM_MOVE 0x8u       /* cdm_bind(), cdm_unbind(): what is there already moves too */

/* cdm_alloc(3): whole pages, zeroed; size and address tell what to free. */
void *cdm_alloc(size_t size, const char *where, unsigned flags);
void *cdm_aligned_alloc(size_t alignment, size_t size, const char *where, unsigned flags);
int cdm_free(void *p, size_t size);

/* cdm_bind(3): the policy of pages that are there already, or will be. addr is the begin of a page. */
int cdm_bind(void *addr, size_t size, const char *where, unsigned flags);
int cdm_unbind(void *addr, size_t size, unsigned flags);

/* cdm_migrate(3): where pages are, and moving them. status has an int for each page of the range, or is NULL. */
ssize_t cdm_migrate(void *addr, size_t size, const char *where, int *status);
ssize_t cdm_where(const void *addr, size_t size, int *status);
ssize_t cdm_count(const void *addr, size_t size, const char *where);

/* cdm_nodes(3): the nodes that have memory, and what they are to this process. */
enum cdm_state {
	CDM_OFFLINE, /* none of its memory is online */
	CDM_PARTIAL,
	CDM_ONLINE,
};

struct cdm_node {
	struct cdm_node *next;  /* by ascending number; NULL: the last */
	const char *class_name; /* "system": no device's */
	int node;               /* its number */
	int is_device;
	int is_granted; /* this process may use it, now */
	enum cdm_state state;
	uint64_t size, online, free; /* bytes */
};

int cdm_nodes(struct cdm_node **ret);
void cdm_nodes_free(struct cdm_node *nodes);

/* cdm_watch_open(3): device nodes that this process gets and loses, told through a descriptor. */
enum cdm_event_kind {
	CDM_CAME,    /* it may be used from now on */
	CDM_LEAVING, /* it is about to be taken away */
	CDM_GONE,    /* it is this process's no more */
};

struct cdm_event {
	enum cdm_event_kind kind;
	int node;
};

struct cdm_watch;

int cdm_watch_open(struct cdm_watch **ret);
int cdm_watch_fd(const struct cdm_watch *watch);
int cdm_watch_read(struct cdm_watch *watch, struct cdm_event *ret);
void cdm_watch_close(struct cdm_watch *watch);

/* Goes by this configuration, and not by /etc/cdm, from now on; NULL: by /etc/cdm again. */
int cdm_config(const char *file);

/* cdm_error(3): what failed last in this thread, in a line. Never NULL; valid until its next call of a cdm function. */
const char *cdm_error(void);

#ifdef __cplusplus
}
#endif

#endif
