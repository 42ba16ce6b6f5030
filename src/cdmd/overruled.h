/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Finds cgroups whose list another program (a container runtime) writes again and again, so that cdmd and the program
 * overwrite each other. cdmd keeps writing and reports a problem. Pure; times are in milliseconds.
 */

#include "libcdm/plan/plan.h"

#define OVERRULED_MAX 32              /* cgroups remembered; the one longest unchanged is replaced */
#define OVERRULED_TIMES 3             /* changes of the same kind until it is reported */
#define OVERRULED_MS (10 * 60 * 1000) /* without a change: it is over */

struct overruled_cgroup {
	char *path; /* owned; NULL: a free entry */
	uint64_t inode, last;
	struct nodeset theirs, ours;
	unsigned times;
};

struct overruled {
	struct overruled_cgroup v[OVERRULED_MAX];
};

/*
 * Notes what a look found and which lists the plan's steps then wrote at `now`, which differs for each look. If cdmd
 * has to change the same list in the same way twice, another program changed it in between, or on v1 the kernel, which
 * removes nodes from lists.
 */
void overruled_note(struct overruled *o, uint64_t now, const struct cgroups *found, const struct plan *done);

/*
 * Adds a line for each cgroup that is overwritten repeatedly; the line is the same as long as the lists are. -ENOMEM.
 */
int overruled_problems(const struct overruled *o, uint64_t now, struct strv *problems);

void overruled_free(struct overruled *o);
