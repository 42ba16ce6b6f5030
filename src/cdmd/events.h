/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What subscribers of cdmd.sock(5) are told: documents, one a line. All are new references, NULL: nothing, or no
 * memory.
 */

#include "status.h"

json_t *event_of_step(const struct step *step, enum step_result result, const char *message);

/* A device node is about to be taken from its groups, because somebody asked for it. */
json_t *event_of_leaving(const struct view *v, int node);

/*
 * An array of what is different after a reconcile: the levels of the two views compared, so that it does not matter who
 * brought a change about (the kernel itself widens a granted group at hot-add). The last is "reconciled".
 */
json_t *events_between(const struct view *before, const struct view *after);
