/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An errand: a piece of work in a child of its own. The kernel asks the cpuset of whoever writes where the pages of an
 * offlined block may go and on which node a huge page may be made, and it lets go of such a write only at a signal.
 */

#include "libcdm/cgroup/cgroup.h"

struct errand {
	const struct root *root;
	const struct cgroups *cgroups;
	const struct nodeset *fence; /* the child is fenced to these nodes; NULL: it goes where every node is allowed */
	unsigned limit_ms;           /* then it is killed */
	void (*fn)(void *arg);       /* in the child; what it has to say it writes to errand_alloc()ed memory */
	void *arg;
};

/* 0: it ended by itself, 1: it was cut short. Negative: it never began, and err says why. */
int errand_run(const struct errand *e, struct error *err);

/* Zeroed memory that the child shares; NULL: out of memory. */
void *errand_alloc(size_t size);
void errand_free(void *p, size_t size);
