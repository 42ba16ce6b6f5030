/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One epoll instance, and a callback for each descriptor in it. */

#include "event-loop.h"

#include <errno.h>
#include <sys/epoll.h>

int loop_open(struct error *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? fail(err, -errno, "epoll: %m") : fd;
}

int loop_add(int epoll, struct source *s, uint32_t events, struct error *err)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) < 0 ? fail(err, -errno, "epoll: %m") : 0;
}

void loop_remove(int epoll, const struct source *s)
{
	(void)epoll_ctl(epoll, EPOLL_CTL_DEL, s->fd, NULL);
}

void loop_close(int epoll, struct source *s)
{
	loop_remove(epoll, s);
	close(TAKE_FD(s->fd));
}

int loop_change(int epoll, struct source *s, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = s };

	return epoll_ctl(epoll, EPOLL_CTL_MOD, s->fd, &event) < 0 ? -errno : 0;
}

int loop_wait(int epoll, struct error *err)
{
	struct epoll_event events[8];
	int n = epoll_wait(epoll, events, (int)ELEMENTSOF(events), -1);

	if (n < 0 && errno != EINTR)
		return fail(err, -errno, "epoll: %m");
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;
		int r = s->ready(s, events[i].events, err);

		if (r < 0)
			return r;
	}
	return 0;
}
