/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Steps that a plan needs again and again, since they fail or since somebody undoes them. Each such step is repeated at
 * growing intervals of its own (schedule_delay()), so the steps of others, a new cgroup's fence above all, never wait
 * for it. A fence that was made and then undone is made again at once. Pure; times are in milliseconds.
 */

#include "libcdm/engine/apply.h"

#define STEP_RETRY_MAX 4096        /* steps remembered; further ones are repeated at once */
#define STEP_RETRY_FORGET_MS 60000 /* a step that was not needed for this long is forgotten */

struct retried_step {
	enum step_kind kind;
	char *target; /* owned */
	uint64_t inode;
	uint64_t last;  /* when it was carried out last */
	uint64_t until; /* it is not repeated before */
	unsigned tries;
};

struct step_retry {
	struct retried_step *v; /* sorted */
	size_t n;
};

#define STEP_RETRY_NONE ((struct step_retry){ 0 })

/* Whether the step may be carried out. */
bool step_retry_allows(const struct step_retry *r, const struct step *step, uint64_t now);

/* Notes that the step was carried out. If memory runs out, it may be repeated at once. */
void step_retry_note(struct step_retry *r, const struct step *step, enum step_result result, uint64_t now);

/* When the first of the steps that may not be carried out at `now` may be; UINT64_MAX: there is none. */
uint64_t step_retry_due(const struct step_retry *r, uint64_t now);

/* Forgets the steps that were not needed for STEP_RETRY_FORGET_MS. */
void step_retry_forget_old(struct step_retry *r, uint64_t now);

/* Forgets all: something else has changed, so that what failed may succeed now. */
void step_retry_forget(struct step_retry *r);
