/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "daemon.h"

#include "libcdm/apply.h"
#include "log.h"
#include "monitor.h"
#include "notify.h"
#include "pace.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>

#define LOCK_FILE STATE_DIR "/cdmd.lock"

struct daemon {
	struct root root;
	const char *config_file;
	struct config *config;
	struct monitor *monitor;
	int lock, epoll, signals, timer, watchdog, inotify;
	struct pace pace;
	struct strv problems; /* as last said: each is said once, until it changes */
	char *last_error;     /* likewise */
	bool stop;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Logging what was done -------------------------------------------------------------------------------------- */

static void log_step(void *arg, const struct step *step, enum step_result result, const char *message)
{
	static const char *const results[] = {
		[STEP_DONE] = "done",
		[STEP_GONE] = "gone",
		[STEP_SKIPPED] = "skipped",
		[STEP_FAILED] = "failed",
	};
	static const enum log_level levels[] = {
		[STEP_DONE] = LOG_LEVEL_INFO,
		[STEP_GONE] = LOG_LEVEL_INFO,
		[STEP_SKIPPED] = LOG_LEVEL_WARNING,
		[STEP_FAILED] = LOG_LEVEL_ERR,
	};

	(void)arg;
	log_event(levels[result], "step", "do", step_kind_name(step->kind), "target", *step->target ? step->target : "/",
		  "nodes", nodeset_empty(&step->nodes) ? NULL : NODESET_STR(&step->nodes), "value", step->value,
		  "result", results[result], "message", message, NULL);
}

static void log_problems(struct daemon *d, const struct strv *problems)
{
	struct strv copy;

	for (size_t i = 0; i < problems->n; i++)
		if (!strv_has(&d->problems, problems->s[i]))
			log_event(LOG_LEVEL_WARNING, "problem", "message", problems->s[i], NULL);
	if (strv_copy(problems, &copy) < 0)
		return;
	strv_free(&d->problems);
	d->problems = copy;
}

static void log_reconcile_error(struct daemon *d, const struct error *err)
{
	if (d->last_error && strcmp(d->last_error, error_text(err)) == 0)
		return;
	log_event(LOG_LEVEL_ERR, "reconcile-failed", "message", error_text(err), NULL);
	free(d->last_error);
	d->last_error = strdup(error_text(err));
}

/* The one reaction ---------------------------------------------------------------------------------------------- */

static void run_reconcile(struct daemon *d)
{
	const struct reconcile what = { .root = &d->root, .config = d->config, .fn = log_step, .arg = d };
	_cleanup_reconciled_ struct reconciled done = RECONCILED_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	bool settled = false;

	if (reconcile(&what, &done, &err) < 0) {
		log_reconcile_error(d, &err);
	} else {
		watch_update(d->inotify, &d->root, done.now, d->config);
		log_problems(d, &done.plan->problems);
		free(d->last_error);
		d->last_error = NULL;
		/* Steps that were done are looked at once more: levels decide, not what we believe we did. */
		settled = done.plan->n == 0 && !done.unsettled;
	}
	reconciled_free(&done);
	pace_done(&d->pace, now_ms(), settled);
	if (settled)
		malloc_trim(0);
}

static int arm(int timer, uint64_t at_ms, uint64_t interval_ms)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000 },
		.it_interval = { .tv_sec = (time_t)(interval_ms / 1000), .tv_nsec = (long)(interval_ms % 1000) * 1000000 },
	};

	return timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0;
}

static void reload(struct daemon *d)
{
	_cleanup_config_ struct config *config = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;

	notify_reloading();
	if (config_load(d->config_file, -1, &config, &err) < 0) {
		log_event(LOG_LEVEL_ERR, "reload-failed", "message", error_text(&err), "then",
			  "the configuration as it was stays in force", NULL);
	} else {
		config_free(d->config);
		d->config = TAKE_PTR(config);
		log_event(LOG_LEVEL_NOTICE, "reloaded", NULL);
		pace_event(&d->pace, PACE_HARDWARE, now_ms());
	}
	notify_ready("Keeping the fences");
}

/* Events ------------------------------------------------------------------------------------------------------- */

static int on_monitor(struct daemon *d, struct error *err)
{
	bool overrun;
	int n = monitor_drain(d->monitor, &overrun);

	if (n < 0)
		return fail(err, n, "uevent monitor: %m");
	if (overrun)
		log_event(LOG_LEVEL_NOTICE, "overrun", "message", "uevents were lost: looking at everything again", NULL);
	if (n > 0 || overrun)
		pace_event(&d->pace, PACE_HARDWARE, now_ms());
	return 0;
}

static int on_signal(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(d);
		else
			d->stop = true;
	}
	return 0;
}

static void drain_timer(int fd)
{
	uint64_t ticks;

	(void)!read(fd, &ticks, sizeof(ticks)); /* EAGAIN: it was armed anew meanwhile */
}

static int on_event(struct daemon *d, int fd, struct error *err)
{
	if (fd == monitor_fd(d->monitor))
		return on_monitor(d, err);
	if (fd == d->signals)
		return on_signal(d);
	if (fd == d->inotify) {
		if (watch_drain(fd))
			pace_event(&d->pace, PACE_CGROUP, now_ms());
		return 0;
	}
	drain_timer(fd);
	if (fd == d->watchdog)
		notify_watchdog();
	return 0;
}

static int loop(struct daemon *d, struct error *err)
{
	while (!d->stop) {
		struct epoll_event events[8];
		uint64_t due = pace_due(&d->pace);
		int n, r;

		if (due <= now_ms()) {
			run_reconcile(d);
			due = pace_due(&d->pace);
		}
		r = arm(d->timer, due == UINT64_MAX ? 0 : due, 0); /* 0 disarms: nothing wakes an idle daemon */
		if (r < 0)
			return fail(err, r, "timer: %m");
		n = epoll_wait(d->epoll, events, (int)ELEMENTSOF(events), -1);
		if (n < 0 && errno != EINTR)
			return fail(err, -errno, "epoll: %m");
		for (int i = 0; i < n; i++) {
			r = on_event(d, events[i].data.fd, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Coming up ---------------------------------------------------------------------------------------------------- */

static int take_lock(struct daemon *d, struct error *err)
{
	if (mkdirat(d->root.fd, STATE_DIR, 0755) < 0 && errno != EEXIST)
		return fail(err, -errno, "creating /%s: %m", STATE_DIR);
	d->lock = openat(d->root.fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock < 0)
		return fail(err, -errno, "/%s: %m", LOCK_FILE);
	if (flock(d->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ?
			       fail(err, -EBUSY, "another cdmd is running already (it holds /%s)", LOCK_FILE) :
			       fail(err, -errno, "/%s: flock: %m", LOCK_FILE);
	return 0;
}

static int open_signals(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail(err, -errno, "signals: %m");
	/* A reader of the log that went away must not end the daemon. */
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? fail(err, -errno, "signalfd: %m") : fd;
}

static int add(struct daemon *d, int fd, struct error *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? fail(err, -errno, "epoll: %m") : 0;
}

static int open_timers(struct daemon *d, struct error *err)
{
	uint64_t usec = notify_watchdog_usec();
	int r;

	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	d->watchdog = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->timer < 0 || d->watchdog < 0)
		return fail(err, -errno, "timer: %m");
	r = usec ? arm(d->watchdog, now_ms() + usec / 2000, usec / 2000) : 0;
	return r < 0 ? fail(err, r, "timer: %m") : 0;
}

/* Everything that can wake is open before the first look, so that nothing falls between the two. */
static int set_up(struct daemon *d, struct error *err)
{
	int r = root_open(NULL, &d->root, err);

	if (r >= 0)
		r = config_load(d->config_file, -1, &d->config, err);
	if (r >= 0)
		r = take_lock(d, err);
	if (r >= 0)
		r = d->signals = open_signals(err);
	if (r >= 0)
		r = monitor_open(&d->monitor, err);
	if (r >= 0)
		r = d->inotify = watch_open(err);
	if (r >= 0)
		r = open_timers(d, err);
	if (r < 0)
		return r;
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0)
		return fail(err, -errno, "epoll: %m");
	const int fds[] = { d->signals, d->inotify, d->timer, d->watchdog, monitor_fd(d->monitor) };
	for (size_t i = 0; i < ELEMENTSOF(fds) && r >= 0; i++)
		r = add(d, fds[i], err);
	return r;
}

static void tear_down(struct daemon *d)
{
	const int fds[] = { d->lock, d->epoll, d->signals, d->timer, d->watchdog, d->inotify };

	for (size_t i = 0; i < ELEMENTSOF(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (d->monitor)
		monitor_close(d->monitor);
	config_free(d->config);
	root_close(&d->root);
	strv_free(&d->problems);
	free(d->last_error);
}

int daemon_run(const char *config_file, struct error *err)
{
	struct daemon d = {
		.root = ROOT_NONE,
		.config_file = config_file,
		.lock = -1,
		.epoll = -1,
		.signals = -1,
		.timer = -1,
		.watchdog = -1,
		.inotify = -1,
	};
	int r = set_up(&d, err);

	if (r >= 0) {
		/* Coldplug: a node that is there already is treated exactly as one that arrives. */
		run_reconcile(&d);
		log_event(LOG_LEVEL_NOTICE, "ready", NULL);
		notify_ready("Keeping the fences");
		r = loop(&d, err);
		notify_stopping();
		log_event(LOG_LEVEL_NOTICE, "stopped", "message", r < 0 ? NULL : "the fences stay", NULL);
	}
	tear_down(&d);
	return r;
}
