/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The launch plan's side effects, in their fixed order. */

#include "launch.h"
#include "program.h"
#include "launch-report.h"

#include "basic/strutil.h"
#include "libcdm/socket/cdmd-client.h"
#include "libcdm/kernel/oom.h"
#include "libcdm/kernel/mempolicy.h"
#include "placement/placement-parse.h"

#include <errno.h>

int launch_verify(const struct launch *l, const struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	struct nodeset effective, missing;
	int r = cgroup_read_effective(ctl, path, &effective);

	if (r < 0)
		return fail(err, r, "cgroup %s: cpuset.mems.effective: %m", path);
	missing = nodeset_minus(&l->present, &effective);
	if (!nodeset_empty(&missing))
		return fail(err, -ENODEV, "cgroup %s: cpuset.mems.effective is %s, without node %s: see `cdmadm groups`",
			    path, NODESET_STR(&effective), NODESET_STR(&missing));
	missing = nodeset_minus(&l->system, &effective);
	if (nodeset_equal(&missing, &l->system))
		return fail(err, -ENODEV, "cgroup %s: cpuset.mems.effective is %s, without any system node (%s)", path,
			    NODESET_STR(&effective), NODESET_STR(&l->system));
	return 0;
}

/* An unprivileged user asks cdmd, which decides who may enter. Without cdmd he can enter only a delegated group. */
static int move(const struct launch *l, struct cgroup_ctl *ctl, char **ret_path, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = geteuid() == 0 ? -ENOENT : cdmd_enter(ctl->root, l->group, &l->devices, ret_path, &why);

	if (r != -ENOENT)
		return r < 0 ? fail(err, r, "%s", error_text(&why)) : 0;
	r = cgroup_enter(ctl, 0, l->group, &l->mems, ret_path, err);
	return r < 0 && why.code ? fail_prefix(err, r, "%s", error_text(&why)) : r;
}

int launch_may_enter(const struct launch *l, const struct cgroup_ctl *ctl, struct error *err)
{
	int r;

	if (l->inside || geteuid() == 0)
		return 0;
	r = cdmd_may_enter(ctl->root, l->group, &l->devices, err);
	if (r != -ENOENT || cgroup_is_delegated(ctl, l->group))
		return r == -ENOENT ? 0 : r;
	return fail(err, -EACCES, "%s; without it, group %s is for root alone", error_text(err), l->group);
}

static int enter(const struct launch *l, struct cgroup_ctl *ctl, struct error *err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (l->inside)
		return 0;
	r = move(l, ctl, &path, err);
	return r < 0 ? r : launch_verify(l, ctl, path, err);
}

static int set_policies(const struct launch *l, struct placement_target *targets, struct error *err)
{
	int r = launch_resolve(l, targets, err);

	if (r < 0)
		return r;
	r = policy_set_task(&l->system, l->balancing);
	return r < 0 ? fail(err, r, "task policy: BIND to node %s: %m", NODESET_STR(&l->system)) : 0;
}

static int hand_over(const struct launch *l, const char *counts, struct error *err)
{
	const char *old = getenv("LD_PRELOAD");
	_cleanup_free_ char *plan = NULL, *preload = NULL;
	struct placement place = l->place;
	int r;

	place.counts = counts;
	r = placement_format(&place, &plan);
	/*
	 * In front: libraries that the user preloads still come next, and find our allocator where they expect libc's.
	 */
	if (r >= 0 && asprintf(&preload, "%s%s%s", l->preload, old && *old ? ":" : "", old ? old : "") < 0) {
		preload = NULL;
		r = -ENOMEM;
	}
	if (r >= 0 && (setenv(PLACEMENT_ENV, plan, 1) < 0 || setenv("LD_PRELOAD", preload, 1) < 0))
		r = -errno;
	return r < 0 ? fail(err, r, "environment: %m") : 0;
}

static int prepare_program(const struct launch *l, struct report *report, struct error *err)
{
	_cleanup_free_ char *counts = NULL;
	int r = 0;

	if (l->mode == MODE_TRACE)
		return launch_trace(l, l->report.wanted ? &report->watch : NULL, err);
	if (l->report.wanted)
		r = report_start(report, &counts, err);
	return r < 0 ? r : hand_over(l, counts, err);
}

int launch_commit(const struct launch *l, struct cgroup_ctl *ctl, int *ret_status, struct error *err)
{
	_cleanup_report_ struct report report = { 0 };
	struct launch resolved = *l; /* borrows all that *l owns */
	int r = l->report.wanted ? report_open(&resolved, &report, err) : 0;

	*ret_status = EXIT_LAUNCHER;
	if (r >= 0)
		r = enter(l, ctl, err);
	if (r >= 0)
		r = set_policies(l, resolved.place.targets, err);
	if (r >= 0)
		r = prepare_program(&resolved, &report, err);
	if (r < 0)
		return r;
	oom_score_adjust(ctl->root, OOM_LAUNCHED);
	execvp(l->program, l->command);
	*ret_status = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
	return fail(err, -errno, "%s: %m", l->program);
}
