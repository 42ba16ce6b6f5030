/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Runs access_look_up() in a child process, so that the daemon neither waits for a directory server nor loads its
 * libraries.
 */

#include "access.h"
#include "event-loop.h"

/* Seconds that a lookup may take; after that the answer is no. */
#define LOOKUP_SEC 10

struct lookup;
typedef void (*lookup_fn)(void *arg, bool yes);

/* done is called once, from loop_wait(); the lookup is freed then. */
_must_use_ int lookup_start(int epoll, const struct config *c, const char *path, const struct peer *peer,
			    lookup_fn done, void *arg, struct lookup **ret, struct error *err);

/* Cancels a lookup: done is not called. */
void lookup_abandon(struct lookup *l);

/* How many lookups are running. */
unsigned lookups_running(void);
