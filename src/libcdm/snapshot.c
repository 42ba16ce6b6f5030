/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "snapshot.h"

#include <errno.h>

static bool descends(const char *path, const void *arg)
{
	return config_reaches(arg, path);
}

int snapshot_read_nodes(const struct root *root, const struct config *config, struct state *state,
			struct snapshot **ret, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(err, -ENOMEM, "%m");
	r = topology_read(root, state->first ? NULL : &state->known, &s->topology, err);
	if (r < 0)
		return r;
	r = state_observe(state, s->topology);
	if (r < 0)
		return fail(err, r, "%m");
	r = classify(s->topology, config, &state->known, &s->classes);
	if (r == -ENODATA)
		return fail(err, r,
			    "the classes leave no system node with memory: every node with memory would be a device's; "
			    "narrow the match of a class in the configuration");
	if (r < 0)
		return fail(err, r, "%m");
	*ret = TAKE_PTR(s);
	return 0;
}

int snapshot_read(const struct root *root, const struct config *config, struct state *state, struct snapshot **ret,
		  struct error *err)
{
	_cleanup_snapshot_ struct snapshot *s = NULL;
	int r = snapshot_read_nodes(root, config, state, &s, err);

	if (r < 0)
		return r;
	r = cgroups_read(root, descends, config, &s->cgroups, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	cgroups_free(s->cgroups);
	classification_free(s->classes);
	topology_free(s->topology);
	free(s);
}
