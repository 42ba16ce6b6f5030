/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of a connection have in common: client.c takes its requests, the others answer them. */

#include "client.h"

/* client-io.c: asks to be woken for what the connection is waiting for. */
void client_listen(struct client *c);

/* One line, or NULL: there was no memory for it. */
void client_send(struct client *c, const char *line);

/* Answers, and takes the reference. */
void client_answer(struct client *c, enum client_state next, json_t *doc);

/* client-entry.c: the two requests of an entry. The first takes the query. */
void client_begin_entry(struct client *c, struct query *query);
void client_confirm_entry(struct client *c, const struct query *query);
