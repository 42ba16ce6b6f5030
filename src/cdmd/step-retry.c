/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which steps wait before they are repeated, and for how long. */

#include "step-retry.h"

#include "basic/array.h"
#include "schedule.h"

static int compare(const struct retried_step *a, const struct step *step)
{
	int order = strcmp(a->target, step->target);

	if (order == 0)
		order = (a->kind > step->kind) - (a->kind < step->kind);
	return order ? order : (a->inode > step->inode) - (a->inode < step->inode);
}

/* Index of the step in the sorted array, or where to insert it. */
static size_t place_of(const struct step_retry *r, const struct step *step)
{
	return FIND_PLACE(r->v, r->n, s, compare(s, step) < 0);
}

static struct retried_step *find(const struct step_retry *r, const struct step *step)
{
	size_t at = place_of(r, step);

	return at < r->n && compare(&r->v[at], step) == 0 ? &r->v[at] : NULL;
}

bool step_retry_allows(const struct step_retry *r, const struct step *step, uint64_t now)
{
	const struct retried_step *s = find(r, step);

	return !s || s->until <= now;
}

/* Makes an entry. Returns NULL if there is no room. */
static struct retried_step *remember(struct step_retry *r, const struct step *step)
{
	char *target = r->n < STEP_RETRY_MAX ? strdup(step->target) : NULL;
	struct retried_step *s = target ? INSERT(r->v, r->n, place_of(r, step)) : NULL;

	if (!s) {
		free(target);
		return NULL;
	}
	s->kind = step->kind;
	s->target = target;
	s->inode = step->inode;
	return s;
}

void step_retry_note(struct step_retry *r, const struct step *step, enum step_result result, uint64_t now)
{
	struct retried_step *s;

	if (result != STEP_FAILED && (result != STEP_DONE || (step_fences(step) && step->kind != STEP_PIN)))
		return;
	s = find(r, step);
	if (!s)
		s = remember(r, step);
	if (!s)
		return;
	s->last = now;
	s->until = now + schedule_delay(s->tries);
	s->tries++;
}

/* A step that was tried often waits for the next event. */
uint64_t step_retry_due(const struct step_retry *r, uint64_t now)
{
	uint64_t due = UINT64_MAX;

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].until > now && r->v[i].until < due && r->v[i].tries < SCHEDULE_RETRIES)
			due = r->v[i].until;
	return due;
}

void step_retry_forget_old(struct step_retry *r, uint64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (now - r->v[i].last < STEP_RETRY_FORGET_MS)
			r->v[kept++] = r->v[i];
		else
			free(r->v[i].target);
	}
	r->n = kept;
}

void step_retry_forget(struct step_retry *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].target);
	free(r->v);
	*r = STEP_RETRY_NONE;
}
