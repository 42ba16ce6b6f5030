/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The messages on the daemon's socket: one JSON object per line, in both directions. cdmd.sock(5) documents them. */

#include "libcdm/json/json.h"
#include "basic/run-dir.h"

/* Bytes of a query, including its newline. */
#define QUERY_MAX 4096

enum query_kind {
	QUERY_STATUS,
	QUERY_EVENTS,
	QUERY_ENTER,
	QUERY_CONFIRM,
	QUERY_LEAVING,
	QUERY_RELOAD,
};

struct query {
	enum query_kind kind;
	char *group;          /* enter: a safe path below the root of the hierarchy; owned */
	bool has_nodes;       /* enter: only these device nodes; leaving: these nodes */
	struct nodeset nodes; /* then not empty */
	char *nonce;          /* confirm; owned */
};

#define QUERY_NONE ((struct query){ 0 })

/*
 * Parses one line without its newline, from an untrusted sender. A key that does not go with the request is an error
 * that names the key.
 */
_must_use_ int query_parse(const char *line, size_t len, struct query *ret, struct error *err);
void query_free(struct query *r);
#define _cleanup_query_ _cleanup_(query_free)

/* The lines of the requests, with their newline. Owned; NULL: out of memory. */
char *query_status(void);
char *query_events(void);
char *query_enter(const char *group, const struct nodeset *nodes);
char *query_confirm(const char *nonce);
char *query_leaving(const struct nodeset *nodes);
char *query_reload(void);

/* {"ok":false,"error":MESSAGE}, with "busy":true if the client should retry shortly. */
char *reply_error(const char *message, bool busy);
