/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The nodes with their origins and classes, as the state of this boot has them. */

#include "nodes.h"

#include "libcdm/origin/origin.h"

#include <errno.h>

static bool goes_by_tier(const struct config *c)
{
	for (size_t i = 0; i < c->n_classes; i++)
		if (c->classes[i].match.has_tier)
			return true;
	return false;
}

/*
 * The origin of memory depends on the known nodes (origin.c). If a known node turns out to be a different one, the
 * origins are found again.
 */
static int observe(const struct root *root, struct state *state, unsigned what, struct topology **ret, struct error *err)
{
	for (;;) {
		_cleanup_topology_ struct topology *t = NULL;
		struct nodeset known = state->known;
		bool first = state->first;
		int r = topology_read(root, what, &t, err);

		if (r < 0)
			return r;
		r = origin_detect(root, first ? NULL : &known, t);
		if (r < 0)
			return fail(err, r, "finding out where the memory came from: %m");
		r = state_observe(state, t);
		if (r < 0)
			return fail(err, r, "%m");
		if (first || nodeset_equal(&known, &state->known)) {
			*ret = TAKE_PTR(t);
			return 0;
		}
	}
}

int nodes_read(const struct root *root, const struct config *config, struct state *state, bool brief,
	       struct topology **ret_topology, struct classification **ret_classes, struct error *err)
{
	_cleanup_topology_ struct topology *t = NULL;
	_cleanup_classification_ struct classification *k = NULL;
	const unsigned what = (goes_by_tier(config) ? TOPOLOGY_TIERS : 0) | (brief ? TOPOLOGY_BRIEF : 0);
	int r = observe(root, state, what, &t, err);

	if (r < 0)
		return r;
	r = classify(t, config, &state->known, &k);
	if (r < 0)
		return fail(err, r, "%m");
	*ret_topology = TAKE_PTR(t);
	*ret_classes = TAKE_PTR(k);
	return 0;
}
