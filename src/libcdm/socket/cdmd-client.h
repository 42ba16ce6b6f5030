/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The client side of the daemon's socket: cdmd.sock(5). */

#include "basic/root.h"
#include "libcdm/json/json.h"

/* cdmd answers between two reconciles, and one that moves many pages takes long. */
#define CDMD_ANSWER_MS 120000

struct cdmd_client {
	int fd;
	char *in; /* owned: received, but not processed yet */
	size_t in_len;
};

#define CDMD_CLIENT_NONE ((struct cdmd_client){ .fd = -1 })

/* -ENOENT: no daemon runs; the message says so. */
_must_use_ int cdmd_connect(const struct root *root, struct cdmd_client *ret, struct error *err);
void cdmd_close(struct cdmd_client *c);
#define _cleanup_cdmd_ _cleanup_(cdmd_close)

/* Sends a line of protocol.h (NULL: there was no memory for it) and waits for the answer. -EBUSY: retry shortly. */
_must_use_ int cdmd_ask(struct cdmd_client *c, const char *line, struct json_doc *ret, struct error *err);

/* Reads the next line of a stream. timeout_ms < 0: no limit. -ETIMEDOUT; -ECONNRESET: the daemon has ended. */
_must_use_ int cdmd_read(struct cdmd_client *c, int timeout_ms, struct json_doc *ret, struct error *err);

/* Subscribes. *ret: the daemon's status from before the first event. */
_must_use_ int cdmd_subscribe(const struct root *root, struct cdmd_client *ret_client, struct json_doc *ret,
			      struct error *err);

/*
 * The same for callers that must not wait: the status is the first line that cdmd_read() returns. -EAGAIN: the daemon
 * is too busy now.
 */
_must_use_ int cdmd_subscribe_soon(const struct root *root, struct cdmd_client *ret, struct error *err);

/*
 * Has the daemon tell its subscribers that these device nodes are about to leave. Only root may. Waits for a second at
 * most.
 */
_must_use_ int cdmd_tell_leaving(const struct root *root, const struct nodeset *nodes, struct error *err);

/* Gets the daemon's status, within a few seconds. -ENOENT: no daemon runs. */
_must_use_ int cdmd_status(const struct root *root, struct json_doc *ret, struct error *err);

/*
 * Has the daemon move the calling process into a new leaf in `group`, with these device nodes and the system nodes.
 * *ret_path: the cgroup, without a leading slash. Owned.
 */
_must_use_ int cdmd_enter(const struct root *root, const char *group, const struct nodeset *nodes, char **ret_path,
			  struct error *err);

/* Makes the same request but stops before the move: returns 0, or why it would be refused. -ENOENT: no daemon runs. */
_must_use_ int cdmd_may_enter(const struct root *root, const char *group, const struct nodeset *nodes, struct error *err);
