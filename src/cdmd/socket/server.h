/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The socket that cdmd.sock(5) describes, with its limits: which clients, how many, and for how long. */

#include "libcdm/config/config.h"
#include "libcdm/json/json.h"
#include "cdmd/loop/ratelimit.h"
#include "cdmd/loop/event-loop.h"
#include "peer.h"

/*
 * Limits of clients at a time: all but root, and root's in addition, so that other users cannot lock root out. If there
 * is no room left, one of those who have most gives way (share.h). A client costs some 6 KiB, and what waits for a slow
 * one (LINES_OUT_MAX); one that is looked up or enters, a child process.
 */
#define SERVER_CLIENTS 64
#define SERVER_ROOT_CLIENTS 8
#define SERVER_SUBSCRIBERS 32
#define SERVER_LOOKUPS 16
#define SERVER_ENTRIES 48

/* Time to ask for something, and to confirm it. */
#define SERVER_PATIENCE_MS 10000
/* Time for moving a process and its pages. */
#define SERVER_ENTRY_SEC 60

struct entry {
	pid_t pid;
	int pidfd; /* of that process */
	const struct peer *peer;
	const char *group;           /* a safe path, of a group that the peer may enter */
	const struct nodeset *nodes; /* NULL: all that the group is granted */
};

/* What the daemon does for clients. */
struct server_ops {
	json_t *(*status)(void *arg);
	const struct config *(*config)(void *arg);
	json_t *(*leaving)(void *arg, int node); /* the event; NULL: not a device node */
	/*
	 * Called in a child process, which has the descriptors of the entry and the root. *ret_path: the cgroup that
	 * the process is in now, owned. On failure err is one line for the peer.
	 */
	int (*enter)(void *arg, const struct entry *entry, char **ret_path, struct error *err);
	int (*reload)(void *arg, struct error *err); /* of the configuration; if it fails, the old one stays in force */
};

struct client;

struct server {
	const struct server_ops *ops;
	void *arg; /* the argument of ops */
	const struct root *root;
	int epoll;
	struct source listener;
	struct client *clients;
	struct ratelimit refusals; /* of refusals in the log */
	uint64_t resume;           /* when to accept again; 0: it accepts now */
};

#define SERVER_NONE ((struct server){ .epoll = -1, .listener = { .fd = -1 } })

/*
 * Takes over the socket's path from a daemon that has ended: the caller holds the lock of the only daemon. s must stay
 * at its address.
 */
_must_use_ int server_open(struct server *s, const struct root *root, int epoll, const struct server_ops *ops,
			   void *arg, struct error *err);
void server_close(struct server *s);

/* Makes the socket again if it was removed; existing connections stay. */
_must_use_ int server_keep(struct server *s, struct error *err);

/* The socket at the path now belongs to another daemon: server_close() must not remove it. */
void server_abandon(struct server *s);

/* When server_tick() is due next; UINT64_MAX: not while there is no client. */
uint64_t server_due(const struct server *s);

/* Drops clients that took too long or are gone. Call it between two loop_wait(). */
void server_tick(struct server *s, uint64_t now);

/* The configuration has changed: clients that are about to enter by the old one are told to ask again. */
void server_reloaded(struct server *s);

/* Whether there is a subscriber; sends an event to all of them. */
bool server_is_heard(const struct server *s);
void server_tell(struct server *s, const json_t *event);

/*
 * Makes room for one more client in the states of a mask (1U << CLIENT_...), if there are `limit` of users other than
 * root already: one of those who have most is turned away. Returns false if that is the peer itself. There is always
 * room for root.
 */
bool server_make_room(struct server *s, const struct peer *peer, unsigned states, unsigned limit);

/* Logs that a client was refused something; message says what. */
void server_log_refusal(struct server *s, const struct peer *peer, const char *message);
