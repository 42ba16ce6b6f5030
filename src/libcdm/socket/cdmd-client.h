/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Talking to the daemon over its socket: cdmd.sock(5). */

#include "basic/root.h"
#include "libcdm/json/json.h"

/* It answers between two reconciles, and one that moves many pages takes its time. */
#define CDMD_ANSWER_MS 120000

struct cdmd_client {
	int fd;
	char *in; /* owned: what was read and not yet taken */
	size_t in_len;
};

#define CDMD_CLIENT_NONE ((struct cdmd_client){ .fd = -1 })

/* -ENOENT: no daemon runs; the message says so. */
int cdmd_connect(const struct root *root, struct cdmd_client *ret, struct error *err);
void cdmd_close(struct cdmd_client *c);
#define _cleanup_cdmd_ _cleanup_(cdmd_close)

/*
 * Sends a line of protocol.h (NULL: memory ran out for it) and waits for the answer. -EBUSY: it is worth to come back.
 */
int cdmd_ask(struct cdmd_client *c, const char *line, struct json_doc *ret, struct error *err);

/* The next line of a stream. timeout_ms < 0: no end. -ETIMEDOUT; -ECONNRESET: the daemon has ended. */
int cdmd_read(struct cdmd_client *c, int timeout_ms, struct json_doc *ret, struct error *err);

/* Subscribes. *ret: the daemon's status, as it was before the first event. */
int cdmd_subscribe(const struct root *root, struct cdmd_client *ret_client, struct json_doc *ret, struct error *err);

/*
 * The same for who must not wait: the status is the first line that cdmd_read() finds. -EAGAIN: it has no time for us
 * now.
 */
int cdmd_subscribe_soon(const struct root *root, struct cdmd_client *ret, struct error *err);

/*
 * Has the daemon tell its subscribers that these device nodes are about to leave. For root. Waits for a second at most.
 */
int cdmd_tell_leaving(const struct root *root, const struct nodeset *nodes, struct error *err);

/* The daemon's status, within a few seconds. -ENOENT: no daemon runs. */
int cdmd_status(const struct root *root, struct json_doc *ret, struct error *err);

/*
 * Has the daemon move the calling process into a leaf of its own in `group`, with these device nodes beside the
 * system's. *ret_path: the cgroup, without a leading slash. Owned.
 */
int cdmd_enter(const struct root *root, const char *group, const struct nodeset *nodes, char **ret_path, struct error *err);

/* Asks for the same and stops before anything is moved: 0, or why it would be refused. -ENOENT: no daemon runs. */
int cdmd_may_enter(const struct root *root, const char *group, const struct nodeset *nodes, struct error *err);
