/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An worker: work that is done in a child process. The cpuset of the writing process decides where the kernel may move
 * the pages of an offlined block, and on which node it may make a huge page; and only a signal ends such a write.
 */

#include "libcdm/cgroup/cgroup.h"

struct worker {
	const struct root *root;
	const struct cgroups *cgroups;
	const struct nodeset *fence; /* the child is fenced to these nodes; NULL: it may use every node */
	unsigned limit_ms;           /* after this time it is killed */
	void (*fn)(void *arg);       /* runs in the child; its results go to worker_alloc()ed memory */
	void *arg;
};

/* Returns 0 if the child ended by itself, 1 if it was killed. Negative: it could not begin, and err says why. */
_must_use_ int worker_run(const struct worker *e, struct error *err);

/* Zeroed memory that is shared with the child; NULL: out of memory. */
void *worker_alloc(size_t size);
void worker_free(void *p, size_t size);
