/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdm-launch: runs a program so that only the memory that a rule allows lands on device nodes. */

#include "launch.h"
#include "program.h"
#include "launch-report.h"

#include "libcdm/socket/cdmd-client.h"
#include "libcdm/output/failure.h"

#include "basic/clock.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <time.h>

#define WAIT_INTERVAL_NS 100000000L
#define WAIT_LONG_SECONDS 3600

static double now_seconds(void)
{
	return (double)now_us() / 1e6;
}

/* Waits for an event of cdmd, at most `left` seconds. Without cdmd it waits for WAIT_INTERVAL_NS. */
static void wait_for_news(struct cdmd_client *cdmd, double left)
{
	const struct timespec interval = { .tv_nsec = WAIT_INTERVAL_NS };
	_cleanup_json_doc_ struct json_doc event = JSON_DOC_NONE;
	int ms = left > WAIT_LONG_SECONDS ? WAIT_LONG_SECONDS * 1000 : (int)(left * 1000);

	if (cdmd->fd < 0)
		nanosleep(&interval, NULL);
	else if (cdmd_read(cdmd, ms, &event, NULL) == -ECONNRESET)
		cdmd_close(cdmd);
}

/* Plans; with --wait repeats that until a node is granted. cdmd's events tell when to try again. */
static int plan_or_wait(const struct options *o, struct launch *l, struct cgroup_ctl **ctl, const struct root *root,
			int *status, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client cdmd = CDMD_CLIENT_NONE;
	double start = now_seconds();

	for (;;) {
		_cleanup_json_doc_ struct json_doc unused = JSON_DOC_NONE;
		double left = o->wait_seconds < 0 ? INFINITY : start + o->wait_seconds - now_seconds();
		int r;

		/* Subscribe before the look, so that no event between the two is missed. */
		if (o->wait && cdmd.fd < 0)
			(void)cdmd_subscribe(root, &cdmd, &unused, NULL);
		r = launch_plan(o, l, ctl, root, status, err);
		if (r != -ENODEV || !o->wait)
			return r;
		if (left <= 0)
			return fail_prefix(err, r, "waited %.0f s", o->wait_seconds);
		wait_for_news(&cdmd, left);
	}
}

/* Fails where the launch itself would fail. */
static int dry_run(const struct launch *l, const struct cgroup_ctl *ctl, bool json, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	int refused = launch_may_enter(l, ctl, &why);
	int r = launch_print(l, refused < 0 ? error_text(&why) : NULL, json, err);

	return r < 0 || refused >= 0 ? r : fail(err, refused, "%s", error_text(&why));
}

static int launch(const struct options *o, int *status, struct error *err)
{
	const bool executes = !o->attach && !o->dry_run;
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_launch_ struct launch l = { 0 };
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	int r = root_open(NULL, &root, err);

	/*
	 * A closed pipe (`| head`) must not end cdm-launch half way; a program that it executes must inherit SIGPIPE
	 * unchanged.
	 */
	if (!executes)
		signal(SIGPIPE, SIG_IGN);
	if (r >= 0)
		r = plan_or_wait(o, &l, &ctl, &root, status, err);
	if (r < 0)
		return r;
	if (l.attach && o->report.explain)
		return report_running(&l, &root, o->json, err);
	if (l.attach && o->dry_run)
		return launch_attach_dry_run(&l, &root, o->json, err);
	if (l.attach)
		return launch_attach(&l, ctl, &root, err);
	if (o->dry_run)
		return dry_run(&l, ctl, o->json, err);
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
	failure_print("cdm-launch", NULL, &err, o.json);
	return status;
}
