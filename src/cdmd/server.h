/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The socket that cdmd.sock(5) describes: who may speak to us, how many, and for how long. */

#include "libcdm/config/config.h"
#include "libcdm/json/json.h"
#include "ratelimit.h"
#include "event-loop.h"
#include "peer.h"

/*
 * Clients at a time; of one user; and root's on top of all, so that others cannot keep it out. Each costs us some 6
 * KiB, and what waits to be read by a slow one (LINES_OUT_MAX).
 */
#define SERVER_CLIENTS 64
#define SERVER_USER_CLIENTS 16
#define SERVER_ROOT_CLIENTS 8
#define SERVER_SUBSCRIBERS 32
#define SERVER_LOOKUPS 16
#define SERVER_USER_LOOKUPS 4

/* To ask for something, and to confirm it. */
#define SERVER_PATIENCE_MS 10000
/* A client that has not asked for anything since then makes way when there is no room left. */
#define SERVER_GRACE_MS 500

struct entry {
	pid_t pid;
	int pidfd; /* of that process */
	const struct peer *peer;
	const char *group;           /* a safe path, of a group that the peer may enter */
	const struct nodeset *nodes; /* NULL: all that the group is granted */
};

/* What the daemon does for those who ask. */
struct server_ops {
	json_t *(*status)(void *arg);
	const struct config *(*config)(void *arg);
	json_t *(*leaving)(void *arg, int node); /* the event; NULL: it is no device node */
	/* *ret_path: the cgroup it is in now, owned. Fails with one line for the peer. */
	int (*enter)(void *arg, const struct entry *entry, char **ret_path, struct error *err);
	int (*reload)(void *arg, struct error *err); /* the configuration; failing, the old one stays in force */
};

struct client;

struct server {
	const struct server_ops *ops;
	void *arg; /* theirs */
	const struct root *root;
	int epoll;
	struct source listener;
	struct client *clients;
	struct limiter refusals; /* lines of the log */
	uint64_t resume;         /* when to accept again; 0: it does */
};

#define SERVER_NONE ((struct server){ .epoll = -1, .listener = { .fd = -1 } })

/*
 * Takes the socket's path over from a daemon that is gone: whoever calls holds the lock of the only one. s must stay
 * where it is.
 */
int server_open(struct server *s, const struct root *root, int epoll, const struct server_ops *ops, void *arg,
		struct error *err);
void server_close(struct server *s);

/* Makes the socket anew where somebody has removed it; who is connected stays so. */
int server_keep(struct server *s, struct error *err);

/* The socket that is there now is another's, and is left to him by server_close(). */
void server_abandon(struct server *s);

/* When server_tick() is due next, UINT64_MAX: not while nobody is connected. */
uint64_t server_due(const struct server *s);

/* Lets go of clients that took too long or are gone. Between two loop_wait(). */
void server_tick(struct server *s, uint64_t now);

/* The configuration is another now: who was just about to enter by the old one has to ask again. */
void server_reloaded(struct server *s);

/* Whether anybody would hear an event; tells all who do. */
bool server_is_heard(const struct server *s);
void server_tell(struct server *s, const json_t *event);

/* A line of the log about somebody who was refused something; message names what. */
void server_log_refusal(struct server *s, const struct peer *peer, const char *message);
