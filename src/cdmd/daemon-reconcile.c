/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reconciles, and tells the log, systemd and the subscribers what happened. */

#include "daemon-internal.h"

#include "events.h"
#include "libcdm/engine/apply.h"
#include "libcdm/systemd/systemd-bus.h"
#include "cdmd/loop/timer.h"

#include <malloc.h>
#include <string.h>

static void tell(struct daemon *d, json_t *event)
{
	if (event)
		server_tell(&d->server, event);
	json_decref(event);
}

static bool may_step(void *arg, const struct step *step)
{
	const struct daemon *d = arg;

	return step_retry_allows(&d->retry, step, now_ms());
}

static void on_step(void *arg, const struct step *step, enum step_result result, const char *message)
{
	struct daemon *d = arg;

	step_retry_note(&d->retry, step, result, now_ms());
	report_step(&d->report, step, result, message);
	if (server_is_heard(&d->server))
		tell(d, event_of_step(step, result, message));
}

/* Stores what the reconcile saw and did as the view that "status" shows, and tells subscribers what has changed. */
static void publish(struct daemon *d, struct reconciled *done, const struct error *err, bool settled)
{
	struct view old = d->view;

	d->view = view_next(&old, done, err);
	d->view.config = d->config;
	d->view.settled = settled;
	d->view.retries = d->pace.retries;
	if (server_is_heard(&d->server)) {
		_cleanup_json_ json_t *events = events_between(&old, &d->view);

		for (size_t i = 0; i < json_array_size(events); i++)
			server_tell(&d->server, json_array_get(events, i));
	}
	view_free(&old);
}

static bool watch_all(struct daemon *d, struct reconciled *done, bool *ret_new)
{
	int r = watch_update(&d->watch, &d->root, done->now, d->config, ret_new);

	if (r >= 0)
		return true;
	(void)strv_addf(&done->plan->problems,
			"not every cgroup can be watched (%s; fs.inotify.max_user_watches): a new one may stay "
			"unfenced for up to %u s",
			strerror(-r), SCHEDULE_RETRY_MAX_MS / 1000);
	return false;
}

void daemon_reconcile(struct daemon *d)
{
	const struct reconcile what = {
		.root = &d->root,
		.config = d->config,
		.hooks = { .fn = on_step, .may = may_step, .arg = d },
		.kept = &d->kept,
	};
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	bool settled = false, blind = false, more = false;
	uint64_t began = now_ms();

	step_retry_forget_old(&d->retry, began);
	if (reconcile(&what, &done, &err) < 0) {
		report_error(&d->report, &err);
	} else {
		blind = !watch_all(d, &done, &more);
		overruled_note(&d->overruled, began, done.now->cgroups, done.plan);
		(void)overruled_problems(&d->overruled, began, &done.plan->problems);
		report_done(&d->report, &done.plan->problems);
		/*
		 * Look once more after steps were carried out: only the state found counts, not what cdmd believes it
		 * did.
		 */
		settled = done.plan->n == 0 && !done.unsettled && !more;
	}
	schedule_done(&d->pace, began, now_ms(), settled && !done.untidy);
	schedule_at(&d->pace, step_retry_due(&d->retry, now_ms()));
	if (blind)
		schedule_at(&d->pace, now_ms() + SCHEDULE_RETRY_MAX_MS);
	publish(d, &done, &err, settled);
	reconciled_free(&done);
	if (settled) {
		systemd_bus_unload();
		malloc_trim(0);
	}
}
