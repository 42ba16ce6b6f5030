/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The descriptors that wake the daemon: one epoll set, with a function for each. */

#include "basic/error.h"

#include <stdint.h>

struct source {
	int fd;
	/* events: as in epoll_ctl(2). A negative errno ends the daemon. */
	int (*ready)(struct source *s, uint32_t events, struct error *err);
	void *arg;
};

/* Returns the epoll descriptor. */
_must_use_ int loop_open(struct error *err);

/* The source must stay at its address until it is removed and any loop_wait() that may report it has returned. */
_must_use_ int loop_add(int epoll, struct source *s, uint32_t events, struct error *err);

/*
 * To be called before the descriptor of a source is closed. Closing it is not enough: a child that was forked a moment
 * ago has a copy, and as long as there is one, epoll reports the source, freed or not (epoll(7), "Questions and
 * answers").
 */
void loop_remove(int epoll, const struct source *s);

/* Removes the source, and closes its descriptor. */
void loop_close(int epoll, struct source *s);

/* Changes the events for which the function of a source is called; 0: none. Returns a negative errno. */
int loop_change(int epoll, struct source *s, uint32_t events);

/* Sleeps until a descriptor is ready, and calls the functions of those that are. */
_must_use_ int loop_wait(int epoll, struct error *err);
