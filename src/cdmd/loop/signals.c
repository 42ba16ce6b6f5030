/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Signals by signalfd(2). */

#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

int signals_open(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail(err, -errno, "signals: %m");
	/* Writing to a log whose reader has ended must not end the daemon. */
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? fail(err, -errno, "signalfd: %m") : fd;
}

void signals_drain(int fd, bool *reload, bool *stop)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			*reload = true;
		else
			*stop = true;
	}
}
