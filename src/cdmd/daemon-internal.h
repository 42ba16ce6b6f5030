/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The daemon's state, and its one reaction. */

#include "daemon.h"

#include "cgroup-watch.h"
#include "cdmd/loop/event-loop.h"
#include "libcdm/state/state.h"
#include "overruled.h"
#include "reconcile-log.h"
#include "schedule.h"
#include "cdmd/socket/server.h"
#include "status.h"
#include "step-retry.h"
#include "uevent-monitor.h"

struct daemon {
	struct root root;
	const char *config_file;
	struct config *config;
	struct state *kept;
	int lock, epoll;
	struct source uevents, cgroups, signals, timer, watchdog;
	struct monitor *monitor;
	struct watch watch;
	struct schedule pace;
	struct report report;
	struct overruled overruled;
	struct step_retry retry;
	struct view view; /* of the last reconcile */
	struct server server;
	bool stop;
};

/* daemon-reconcile.c: reads the whole state, carries out the plan, and tells the log and the subscribers. */
void daemon_reconcile(struct daemon *d);
