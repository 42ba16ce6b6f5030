/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Cgroups whose list another program writes again and again: a container runtime that keeps to its own idea of it, and
 * we to ours. Both go on; whoever looks after them is told. Pure; milliseconds.
 */

#include "libcdm/plan/plan.h"

#define OVERRULED_MAX 32              /* cgroups that are kept in mind; the one longest unchanged makes room */
#define OVERRULED_TIMES 3             /* so often the same, and it is a habit */
#define OVERRULED_MS (10 * 60 * 1000) /* so long nothing, and it is over */

struct overruled_cgroup {
	char *path; /* owned; NULL: a free place */
	uint64_t inode, last;
	struct nodeset theirs, ours;
	unsigned times;
};

struct overruled {
	struct overruled_cgroup v[OVERRULED_MAX];
};

/*
 * What a look found and a plan changed at `now`, which is another at each look. Between two changes of ours to one and
 * the same list somebody else has changed it, unless it was the kernel, which strikes nodes from lists on v1.
 */
void overruled_note(struct overruled *o, uint64_t now, const struct cgroups *found, const struct plan *done);

/* A line for each cgroup where it has become a habit; the same line as long as the lists are the same. -ENOMEM. */
int overruled_problems(const struct overruled *o, uint64_t now, struct strv *problems);

void overruled_free(struct overruled *o);
