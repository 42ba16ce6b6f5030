/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An administrator's request for one node. It is recorded in the state, and carried out by this reconcile or, if that
 * is killed, by the next one.
 */

#include "libcdm/snapshot/snapshot.h"

enum request_kind {
	REQUEST_NONE,
	REQUEST_DRAIN,   /* no group gets the node any more, and what is on it moves away */
	REQUEST_OFFLINE, /* the same, and its memory goes offline */
	REQUEST_ONLINE,  /* undoes both: brings it online by the rule of its class, and grants it */
};

struct request {
	enum request_kind kind;
	int node;
};

/* Whether the request is possible; err says why not. Pure. */
_must_use_ int request_check(const struct request *q, const struct snapshot *now, const struct config *config,
			     struct error *err);

/*
 * Records the request. Pure. Fails if the node is not present or is a system node, or if its class never comes online.
 */
_must_use_ int request_enter(const struct request *q, const struct snapshot *now, const struct config *config,
			     struct state *state, struct error *err);
