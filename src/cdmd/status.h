/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the last reconcile saw and did, for those who ask: status and events of cdmd.sock(5). */

#include "libcdm/engine/apply.h"
#include "libcdm/json/json.h"

struct view {
	struct snapshot *now;        /* NULL: no reconcile could look yet. Its memory blocks are left out */
	const struct config *config; /* that it was classified by; not owned */
	struct strv problems;
	struct apply_result steps;
	char *error; /* of a last reconcile that could not look; NULL: it could */
	bool fenced; /* the last one that could look left every fence standing */
	bool settled;
	unsigned retries; /* reconciles in a row that were not settled */
	uint64_t at;      /* CLOCK_REALTIME seconds of the last reconcile */
};

#define VIEW_NONE ((struct view){ 0 })

/*
 * After a reconcile: what it saw is taken over; when it could not look (err), what `old` had is. The caller adds
 * config, settled and retries.
 */
struct view view_next(struct view *old, struct reconciled *done, const struct error *err);
void view_free(struct view *v);

/* The reply to "status", without a line end. A new reference; NULL: out of memory. */
json_t *view_status(const struct view *v);
