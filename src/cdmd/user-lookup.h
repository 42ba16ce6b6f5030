/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * access_look_up() in a child process: who keeps fences does not wait for a directory server, and does not take its
 * libraries in.
 */

#include "access.h"
#include "event-loop.h"

/* Seconds that a lookup may take; then the answer is no. */
#define LOOKUP_SEC 10

struct lookup;
typedef void (*lookup_fn)(void *arg, bool yes);

/* done is called once, from loop_wait(), and the lookup is gone then. */
int lookup_start(int epoll, const struct config *c, const char *path, const struct peer *peer, lookup_fn done,
		 void *arg, struct lookup **ret, struct error *err);

/* Nobody wants to know any more: done is not called. */
void lookup_abandon(struct lookup *l);

/* How many run. */
unsigned lookups_running(void);
