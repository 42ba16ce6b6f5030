/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Work that may block in the kernel, done in a child behind the fence and with a time limit. */

#include "worker.h"

#include "libcdm/kernel/residency.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The child's message if it could not begin; cut if it is too long. */
struct report {
	int code;
	char why[1000];
};

void *worker_alloc(size_t size)
{
	void *p = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void worker_free(void *p, size_t size)
{
	if (p)
		munmap(p, size ? size : 1);
}

static bool is_fenced(const struct root *root, const struct nodeset *fence)
{
	struct nodeset now;

	return process_nodes(root, 0, &now) == 0 && nodeset_subset(&now, fence);
}

/* A cgroup for fenced processes: on v1 the cpuset for strays, which a plan makes before anything else. */
static const char *fenced_group(enum cgroup_world world)
{
	switch (world) {
	case WORLD_V1:
		return CGROUP_V1_FENCE;
	case WORLD_V2_SYSTEMD:
		return "system.slice";
	case WORLD_V2:
		break;
	}
	return "";
}

static int enter(const struct worker *e, struct error *err)
{
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	_cleanup_free_ char *now = NULL;
	int r;

	/* The root cgroup allows every node, and root may move any process there. */
	if (!e->fence) {
		r = root_write(e->root, "0", "%s/cgroup.procs", e->cgroups->mount);
		return r < 0 ? fail(err, r, "entering the root cgroup: %m") : 0;
	}
	if (is_fenced(e->root, e->fence))
		return 0;
	/* A new cgroup_ctl, since a D-Bus connection does not survive fork(). */
	r = cgroup_ctl_new(e->root, e->cgroups, &ctl, err);
	if (r < 0)
		return r;
	return cgroup_enter(ctl, 0, fenced_group(e->cgroups->world), e->fence, &now, err);
}

static _Noreturn void child(const struct worker *e, pid_t parent, struct report *report)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	/* Nothing else would end the child if its parent is killed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	report->code = enter(e, &err);
	if (report->code < 0)
		snprintf(report->why, sizeof(report->why), "%s", error_text(&err));
	else
		e->fn(e->arg);
	_exit(0);
}

/* Whether the child ends within the time. */
static bool ends(pid_t pid, unsigned limit_ms)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&wait, 1, (int)limit_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static int run(const struct worker *e, struct report *report, struct error *err)
{
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	pid_t parent = getpid(), pid = fork();
	int status;
	bool ended;

	if (pid < 0)
		return fail(err, -errno, "fork: %m");
	if (pid == 0)
		child(e, parent, report);
	ended = ends(pid, e->limit_ms);
	if (!ended)
		kill(pid, SIGKILL); /* a child that was not waited for keeps its pid */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (e->fence && e->cgroups->world == WORLD_V2 && cgroup_ctl_new(e->root, e->cgroups, &ctl, NULL) == 0)
		cgroup_prune_leaves(ctl, "");
	if (report->code < 0)
		return fail(err, report->code, "%s", report->why);
	if (!ended)
		return 1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : fail(err, -EIO, "the child ended early");
}

int worker_run(const struct worker *e, struct error *err)
{
	struct report *report = worker_alloc(sizeof(*report));
	int r = report ? run(e, report, err) : fail(err, -ENOMEM, "%m");

	worker_free(report, sizeof(*report));
	return r;
}
