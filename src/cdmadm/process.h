/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One process: its name, its cgroup and its VMAs. */

#include "cdmadm.h"
#include "libcdm/kernel/residency.h"

struct process {
	pid_t pid;
	char *comm;
	char *cgroup; /* in the cpuset hierarchy, no leading slash */
	int fd;       /* /proc/PID */
};

#define PROCESS_NONE ((struct process){ .fd = -1 })

/* -ESRCH: there is no process with this pid (any more). */
_must_use_ int process_open(const struct root *root, const struct cgroups *cgroups, pid_t pid, struct process *ret,
			    struct error *err);

/* Opens its VMAs: those of this process, whoever has its number by now. -ESRCH: it has ended meanwhile. */
_must_use_ int process_vmas(const struct root *root, const struct process *p, struct vma_stream **ret, struct error *err);

void process_close(struct process *p);
#define _cleanup_process_ _cleanup_(process_close)

/* "7f12a000-7f12b000"; owned; NULL: out of memory. */
char *vma_range(const struct vma *vma);
