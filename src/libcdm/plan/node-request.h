/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an administrator asks of one node, entered in the state: a reconcile then does it, this one or, when this one is
 * killed, the next.
 */

#include "libcdm/snapshot/snapshot.h"

enum request_kind {
	REQUEST_NONE,
	REQUEST_DRAIN,   /* nobody gets it any more, and what is on it moves away */
	REQUEST_OFFLINE, /* and its memory goes offline */
	REQUEST_ONLINE,  /* both are undone: online by its class' rule, and granted */
};

struct request {
	enum request_kind kind;
	int node;
};

/* Whether it can be asked at all, with the reason why not. Pure. */
int request_check(const struct request *q, const struct snapshot *now, const struct config *config, struct error *err);

/* Pure. Fails where the node is not there or not a device's, or where its class says that it never comes online. */
int request_enter(const struct request *q, const struct snapshot *now, const struct config *config, struct state *state,
		  struct error *err);
