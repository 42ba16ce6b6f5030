/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the last reconcile saw and did, for "status" and the events of cdmd.sock(5). */

#include "libcdm/engine/apply.h"
#include "libcdm/json/json.h"

struct view {
	struct snapshot *now;        /* NULL: no reconcile could look yet. Without its memory blocks */
	const struct config *config; /* by which it was classified; not owned */
	struct strv problems;
	struct apply_result steps;
	char *error; /* why the last reconcile could not look; NULL: it could */
	bool fenced; /* the last reconcile that could look left every fence in place */
	bool settled;
	unsigned retries; /* reconciles in a row that did not settle */
	uint64_t at;      /* CLOCK_REALTIME seconds of the last reconcile */
};

#define VIEW_NONE ((struct view){ 0 })

/*
 * Makes the view after a reconcile: it takes over what the reconcile saw or, if that could not look (err), what `old`
 * had. The caller adds config, settled and retries.
 */
struct view view_next(struct view *old, struct reconciled *done, const struct error *err);
void view_free(struct view *v);

/* Returns the reply to "status", without a line end: a new reference; NULL: out of memory. */
json_t *view_status(const struct view *v);
