/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One connection to the daemon's socket: a query, its answer, the next query; or a stream of events. */

#include "line-socket.h"
#include "user-lookup.h"
#include "server.h"

enum client_state {
	CLIENT_IDLE,       /* the next request may come */
	CLIENT_LOOKING_UP, /* may it enter? A child asks the user database */
	CLIENT_OFFERED,    /* it may, and shall confirm that it is who asked */
	CLIENT_SUBSCRIBED,
	CLIENT_CLOSED, /* to be freed at the next tick */
};

struct client {
	struct server *server;
	struct client *next;
	struct source source;
	enum client_state state;
	bool half_closed;  /* it will send no more, and is yet to read */
	uint64_t deadline; /* UINT64_MAX: none */
	struct peer peer;
	struct lines lines;
	struct query wish; /* what it wants to enter */
	struct lookup *lookup;
	int pidfd; /* the process that shall enter */
	char nonce[17];
};

/* Takes fd in any case. */
int client_new(struct server *s, int fd, const struct peer *peer, struct client **ret, struct error *err);

/* A last line, if it can be sent at once, and the end. The log hears of it too. */
void client_refuse(struct client *c, const char *fmt, ...) _printf_(2, 3);
void client_close(struct client *c);

/* One line to a subscriber; one that does not read them is dropped. */
void client_tell(struct client *c, const char *line);

void client_free(struct client *c);
