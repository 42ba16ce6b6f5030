/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdm-launch: runs a program so that only the memory that a rule allows lands on device nodes. */

#include "launch.h"
#include "program.h"

#include <errno.h>
#include <time.h>

#define WAIT_INTERVAL_NS 100000000L

static double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Plans, with --wait again and again until a node is granted. */
static int plan_or_wait(const struct options *o, struct launch *l, struct cgroup_ctl **ctl, const struct root *root,
			int *status, struct error *err)
{
	double start = now_seconds();

	for (;;) {
		const struct timespec interval = { .tv_nsec = WAIT_INTERVAL_NS };
		int r = launch_plan(o, l, ctl, root, status, err);

		if (r != -ENODEV || !o->wait)
			return r;
		if (o->wait_seconds >= 0 && now_seconds() - start >= o->wait_seconds)
			return fail_prefix(err, "waited %.0f s", o->wait_seconds), r;
		nanosleep(&interval, NULL);
	}
}

static int launch(const struct options *o, int *status, struct error *err)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_launch_ struct launch l = { 0 };
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	int r = root_open(NULL, &root, err);

	if (r >= 0)
		r = plan_or_wait(o, &l, &ctl, &root, status, err);
	if (r < 0)
		return r;
	if (o->dry_run)
		return launch_print(&l, o->json, err);
	return launch_commit(&l, ctl, status, err);
}

int main(int argc, char **argv)
{
	_cleanup_options_ struct options o = OPTIONS_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	enum options_result result;
	int status = EXIT_LAUNCHER, r = options_parse(argc, argv, &o, &result, &err);

	if (r >= 0 && result == OPTIONS_DONE)
		return 0;
	if (r >= 0)
		r = launch(&o, &status, &err);
	if (r >= 0)
		return 0;
	fprintf(stderr, "cdm-launch: %s\n", error_text(&err));
	return status;
}
