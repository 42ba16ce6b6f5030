/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The one timer of the event loop, by timerfd(2), and the clock it goes by. */

#include "timer.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>

static struct timespec from_ms(uint64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
}

int timer_open(struct error *err)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	return fd < 0 ? fail(err, -errno, "timer: %m") : fd;
}

int timer_arm(int fd, uint64_t at, uint64_t interval)
{
	struct itimerspec when = { .it_value = from_ms(at), .it_interval = from_ms(interval) };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0;
}

void timer_drain(int fd)
{
	uint64_t ticks;

	(void)!read(fd, &ticks, sizeof(ticks)); /* EAGAIN: it was armed again meanwhile */
}
