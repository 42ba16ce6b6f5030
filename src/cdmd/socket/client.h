/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One connection to the daemon's socket: a query, its answer, the next query; or a stream of events. */

#include "line-socket.h"
#include "cdmd/loop/child-task.h"
#include "server.h"

enum client_state {
	CLIENT_IDLE,       /* the next request may come */
	CLIENT_LOOKING_UP, /* a child process looks up in the user database whether the peer may enter */
	CLIENT_OFFERED,    /* it may enter, and has to confirm that it is the process that asked */
	CLIENT_ENTERING,   /* a child process moves it */
	CLIENT_SUBSCRIBED,
	CLIENT_CLOSED, /* freed at the next tick */
};

struct client {
	struct server *server;
	struct client *next;
	struct source source;
	enum client_state state;
	bool half_closed;  /* the peer sends no more, but has not read everything yet */
	uint64_t deadline; /* UINT64_MAX: none */
	uint64_t active;   /* when it connected or was answered last */
	struct peer peer;
	struct lines lines;
	struct query wish; /* the entry that the peer asked for */
	struct task *task; /* the child that looks it up, or moves it */
	int pidfd;         /* of the process that is to enter */
	char nonce[17];
};

/* Takes over fd and what peer owns, also when it fails. */
_must_use_ int client_new(struct server *s, int fd, struct peer *peer, struct client **ret, struct error *err);

/* Sends a last line if that is possible at once, closes the connection, and logs the refusal. */
void client_refuse(struct client *c, const char *fmt, ...) _printf_(2, 3);

/* The same for lack of room: it may try again. */
void client_turn_away(struct client *c, const char *why);
void client_close(struct client *c);

/* Sends one line to a subscriber. A subscriber that does not read its lines is dropped. */
void client_tell(struct client *c, const char *line);

void client_free(struct client *c);
