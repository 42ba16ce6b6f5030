/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The daemon: which events wake it, when it reconciles, and what its clients get. */

#include "daemon-internal.h"

#include "enter-group.h"
#include "events.h"
#include "libcdm/engine/apply.h"
#include "cdmd/loop/log.h"
#include "cdmd/loop/notify.h"
#include "cdmd/loop/signals.h"
#include "cdmd/loop/timer.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

/*
 * /run may have been cleaned, or something mounted over it: makes the lock that a second daemon looks for, and the
 * socket for clients, again. Returns -EBUSY if a second daemon has taken the lock meanwhile: that one stays, and this
 * one ends.
 */
static int keep_place(struct daemon *d, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = 0;

	if (!state_is_daemon_lock(&d->root, d->lock)) {
		r = state_lock_daemon(&d->root, &why);
		if (r == -EBUSY) {
			server_abandon(&d->server);
			return fail(err, r, "%s", error_text(&why));
		}
		if (r >= 0) {
			close(d->lock);
			d->lock = r;
		}
	}
	if (r >= 0)
		r = server_keep(&d->server, &why);
	if (r < 0)
		report_error(&d->report, &why);
	return 0;
}

/* The hardware or the configuration has changed: steps that failed before may work now. */
static void on_news(struct daemon *d)
{
	step_retry_forget(&d->retry);
	schedule_hardware(&d->pace, now_ms());
}

static int reload(void *arg, struct error *err)
{
	struct daemon *d = arg;
	struct config *config;
	int r;

	notify_reloading();
	r = config_load(d->config_file, -1, &config, err);
	if (r < 0) {
		report_reload(err);
		return r;
	}
	/* The view refers to the old configuration. */
	view_free(&d->view);
	config_free(d->config);
	d->config = config;
	server_reloaded(&d->server);
	on_news(d);
	report_reload(NULL);
	return 0;
}

/* Event sources ---------------------------------------------------------------------------------------------------- */

static int open_uevents(struct daemon *d, struct error *err);

static int on_uevents(struct source *s, uint32_t events _unused_, struct error *err)
{
	struct daemon *d = s->arg;
	bool overrun;
	int n = monitor_drain(d->monitor, &overrun);

	if (n < 0) {
		/* Open a broken socket again; the events that were queued in it are lost. */
		log_event(LOG_LEVEL_ERR, "monitor-failed", "message", strerror(-n), NULL);
		loop_remove(d->epoll, &d->uevents);
		monitor_close(TAKE_PTR(d->monitor));
		n = open_uevents(d, err);
		if (n < 0)
			return n;
		overrun = true;
	}
	if (overrun)
		log_event(LOG_LEVEL_NOTICE, "overrun", "message", "uevents were lost: looking at everything again", NULL);
	if (n > 0 || overrun)
		on_news(d);
	return 0;
}

/* One event makes a reconcile due. Further ones wait in the kernel, which limits their number (max_queued_events). */
static int on_cgroups(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	struct daemon *d = s->arg;

	if (watch_drain(&d->watch)) {
		schedule_cgroup(&d->pace, now_ms());
		(void)loop_change(d->epoll, s, 0);
	}
	return 0;
}

/* The events up to now are answered by the reconcile that begins now. */
static void take_events_of_cgroups(struct daemon *d)
{
	(void)watch_drain(&d->watch);
	(void)loop_change(d->epoll, &d->cgroups, EPOLLIN);
}

static int on_signals(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	struct daemon *d = s->arg;
	bool again = false;

	signals_drain(s->fd, &again, &d->stop);
	if (again)
		(void)reload(d, &why);
	return 0;
}

static int on_timer(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	timer_drain(s->fd);
	return 0;
}

static int on_watchdog(struct source *s, uint32_t events _unused_, struct error *err _unused_)
{
	timer_drain(s->fd);
	notify_watchdog();
	return 0;
}

/* Requests of clients ---------------------------------------------------------------------------------------------- */

static json_t *on_status(void *arg)
{
	const struct daemon *d = arg;

	return view_status(&d->view);
}

static const struct config *on_config(void *arg)
{
	const struct daemon *d = arg;

	return d->config;
}

static json_t *on_leaving(void *arg, int node)
{
	const struct daemon *d = arg;

	return event_of_leaving(&d->view, node);
}

static int on_enter(void *arg, const struct entry *entry, char **ret_path, struct error *err)
{
	struct daemon *d = arg;

	return enter_group(&d->view, &d->root, entry, ret_path, err);
}

static const struct server_ops server_ops = {
	.status = on_status,
	.config = on_config,
	.leaving = on_leaving,
	.enter = on_enter,
	.reload = reload,
};

static uint64_t next_due(const struct daemon *d)
{
	uint64_t reconcile_due = schedule_due(&d->pace), clients = server_due(&d->server);

	return clients < reconcile_due ? clients : reconcile_due;
}

static int loop(struct daemon *d, struct error *err)
{
	int r = 0;

	while (!d->stop && r >= 0) {
		uint64_t due;

		if (schedule_due(&d->pace) <= now_ms()) {
			take_events_of_cgroups(d);
			daemon_reconcile(d);
			r = keep_place(d, err);
			if (r < 0)
				break;
		}
		server_tick(&d->server, now_ms());
		due = next_due(d);
		r = timer_arm(d->timer.fd, due == UINT64_MAX ? 0 : due, 0); /* 0: nothing wakes an idle daemon */
		r = r < 0 ? fail(err, r, "timer: %m") : loop_wait(d->epoll, err);
	}
	return r;
}

/* Start and end ---------------------------------------------------------------------------------------------------- */

static int open_watchdog(struct error *err)
{
	uint64_t usec = notify_watchdog_usec();
	_cleanup_close_ int fd = timer_open(err);
	int r;

	if (fd < 0)
		return fd;
	r = usec ? timer_arm(fd, now_ms() + usec / 2000, usec / 2000) : 0;
	return r < 0 ? fail(err, r, "timer: %m") : TAKE_FD(fd);
}

static int add(struct daemon *d, struct source *s, int fd, int (*ready)(struct source *, uint32_t, struct error *),
	       struct error *err)
{
	if (fd < 0)
		return fd; /* opening it failed, and err says why */
	*s = (struct source){ .fd = fd, .ready = ready, .arg = d };
	return loop_add(d->epoll, s, EPOLLIN, err);
}

static int open_uevents(struct daemon *d, struct error *err)
{
	int r = monitor_open(&d->monitor, err);

	return r < 0 ? r : add(d, &d->uevents, monitor_fd(d->monitor), on_uevents, err);
}

static int open_sources(struct daemon *d, struct error *err)
{
	int r = d->epoll = loop_open(err);

	if (r >= 0)
		r = add(d, &d->signals, signals_open(err), on_signals, err);
	if (r >= 0)
		r = open_uevents(d, err);
	if (r >= 0)
		r = add(d, &d->cgroups, watch_open(&d->watch, err), on_cgroups, err);
	if (r >= 0)
		r = add(d, &d->timer, timer_open(err), on_timer, err);
	if (r >= 0)
		r = add(d, &d->watchdog, open_watchdog(err), on_watchdog, err);
	return r < 0 ? r : server_open(&d->server, &d->root, d->epoll, &server_ops, d, err);
}

/* Opens every event source before the first look, so that no event is lost between the two. */
static int set_up(struct daemon *d, struct error *err)
{
	int r = root_open(NULL, &d->root, err);

	if (r >= 0)
		r = reconcile_refuse_container(&d->root, err);
	if (r >= 0)
		r = config_load(d->config_file, -1, &d->config, err);
	if (r >= 0)
		r = d->lock = state_lock_daemon(&d->root, err);
	return r < 0 ? r : open_sources(d, err);
}

static void tear_down(struct daemon *d)
{
	/* The monitor closes the uevents' descriptor, the watch that of the cgroups. */
	const int fds[] = { d->signals.fd, d->timer.fd, d->watchdog.fd, d->epoll, d->lock };

	server_close(&d->server);
	for (size_t i = 0; i < ELEMENTSOF(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (d->monitor)
		monitor_close(d->monitor);
	view_free(&d->view);
	watch_close(&d->watch);
	config_free(d->config);
	state_free(d->kept);
	root_close(&d->root);
	report_free(&d->report);
	overruled_free(&d->overruled);
	step_retry_forget(&d->retry);
}

int daemon_run(const char *config_file, struct error *err)
{
	static const struct source closed = { .fd = -1 };
	struct daemon d = {
		.root = ROOT_NONE,
		.config_file = config_file,
		.lock = -1,
		.epoll = -1,
		.pace = SCHEDULE_NONE,
		.uevents = closed,
		.cgroups = closed,
		.watch = WATCH_NONE,
		.signals = closed,
		.timer = closed,
		.watchdog = closed,
		.server = SERVER_NONE,
	};
	int r = set_up(&d, err);

	if (r >= 0) {
		/* Coldplug: a node that is present already is treated like one that arrives. */
		daemon_reconcile(&d);
		log_event(LOG_LEVEL_NOTICE, "ready", NULL);
		notify_ready(NULL);
		r = loop(&d, err);
		notify_stopping();
		log_event(LOG_LEVEL_NOTICE, "stopped", "message", r < 0 ? NULL : "the fences stay", NULL);
	}
	tear_down(&d);
	return r;
}
