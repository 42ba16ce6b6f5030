/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What wakes the daemon: descriptors in one epoll set, each with the function that answers. */

#include "basic/error.h"

#include <stdint.h>

struct source {
	int fd;
	/* events as epoll_ctl(2) has them. A negative errno ends the daemon. */
	int (*ready)(struct source *s, uint32_t events, struct error *err);
	void *arg;
};

/* Returns the epoll descriptor. */
int loop_open(struct error *err);

/*
 * The source must stay where it is until its descriptor is closed, and as long as the loop_wait() that names it runs.
 */
int loop_add(int epoll, struct source *s, uint32_t events, struct error *err);

/* Sleeps until something is ready, and lets it answer. */
int loop_wait(int epoll, struct error *err);
