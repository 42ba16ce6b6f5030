/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One process, held by a descriptor of its /proc directory: its name, its cgroup and its pages. */

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

static int gone(pid_t pid, struct error *err)
{
	return fail(err, -ESRCH, "no process %d", (int)pid);
}

/*
 * Whether the process that fd was opened for still exists: the kernel finds no files below the directory of a dead one.
 */
static bool is_there(const struct process *p)
{
	const struct root dir = { .fd = p->fd, .live = true };
	_cleanup_free_ char *comm = NULL;

	return root_read_line(&dir, &comm, "comm") >= 0;
}

int process_open(const struct root *root, const struct cgroups *cgroups, pid_t pid, struct process *ret, struct error *err)
{
	_cleanup_process_ struct process p = { .pid = pid, .fd = -1 };
	int r;

	p.fd = root_openf(root, O_PATH | O_DIRECTORY, "proc/%d", (int)pid);
	if (p.fd == -ENOENT || p.fd == -ESRCH)
		return gone(pid, err);
	if (p.fd < 0)
		return fail(err, p.fd, "/proc/%d: %m", (int)pid);
	r = cgroup_of_pid(root, cgroups, pid, &p.cgroup, err);
	if (r >= 0) {
		r = root_read_line(root, &p.comm, "proc/%d/comm", (int)pid);
		if (r < 0)
			fail(err, r, "/proc/%d/comm: %m", (int)pid);
	}
	if (!is_there(&p))
		return gone(pid, err);
	if (r < 0)
		return r;
	*ret = TAKE(p, PROCESS_NONE);
	return 0;
}

int process_vmas(const struct root *root, const struct process *p, struct vma_stream **ret, struct error *err)
{
	const struct root dir = { .fd = p->fd, .live = root->live };
	int r = vma_stream_open(&dir, p->pid, ret, err);

	return r == -ESRCH ? gone(p->pid, err) : r;
}

void process_close(struct process *p)
{
	free(p->comm);
	free(p->cgroup);
	closep(&p->fd);
	*p = PROCESS_NONE;
}

char *vma_range(const struct vma *vma)
{
	char *text;

	return asprintf(&text, "%" PRIx64 "-%" PRIx64, vma->start, vma->end) < 0 ? NULL : text;
}
