/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The events for subscribers of cdmd.sock(5): one document a line. All are new references; NULL: no event, or no
 * memory.
 */

#include "status.h"

json_t *event_of_step(const struct step *step, enum step_result result, const char *message);

/* A device node is about to be taken from its groups, because a user asked for it. */
json_t *event_of_leaving(const struct view *v, int node);

/*
 * Returns an array of the differences after a reconcile. It compares the states of the two views, so it does not matter
 * who made a change (the kernel itself widens a granted group at hot-add). The last event is "reconciled".
 */
json_t *events_between(const struct view *before, const struct view *after);
