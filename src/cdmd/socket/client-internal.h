/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Shared by the files of a connection: client.c receives the requests, the others answer them. */

#include "client.h"

/* client-io.c: sets the epoll events that the connection waits for. */
void client_listen(struct client *c);

/* Refuses a client whose process /proc does not show to cdmd, and says what helps. */
void client_refuse_hidden(struct client *c);

/* Sends one line. line is NULL if there was no memory to make it: the connection is closed. */
void client_send(struct client *c, const char *line);

/* Sends doc as the answer, and takes the reference to it. */
void client_answer(struct client *c, enum client_state next, json_t *doc);

/* client-entry.c: the two requests of an entry. The first takes over the query. */
void client_begin_entry(struct client *c, struct query *query);
void client_confirm_entry(struct client *c, const struct query *query);
