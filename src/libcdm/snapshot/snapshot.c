/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A snapshot: everything that a plan is made from, read once. */

#include "snapshot.h"

#include "libcdm/setup/dropin.h"
#include "nodes.h"

#include "basic/strutil.h"

#include <errno.h>

struct reach {
	const struct config *config;
	const struct state *state;
};

/* Where something may be granted, and where something was once: teardown finds that too, whatever is configured now. */
static bool descends(const char *path, const void *arg)
{
	const struct reach *reach = arg;

	return config_reaches(reach->config, path) || state_saved_below(reach->state, path);
}

int snapshot_read_nodes(const struct root *root, const struct config *config, struct state *state,
			struct snapshot **ret, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(err, -ENOMEM, "%m");
	r = state_recover(root, config, state, err);
	if (r < 0)
		return r;
	r = nodes_read(root, config, state, false, &s->topology, &s->classes, err);
	if (r < 0)
		return r;
	r = hugepages_read(root, &s->classes->device, &s->hugepages);
	if (r < 0)
		return fail(err, r, "pools of huge pages: %m");
	s->withdrawn = state->withdrawn;
	*ret = TAKE_PTR(s);
	return 0;
}

int snapshot_read(const struct root *root, const struct config *config, struct state *state, struct snapshot **ret,
		  struct error *err)
{
	const struct reach reach = { config, state };
	_cleanup_snapshot_ struct snapshot *s = NULL;
	int r = snapshot_read_nodes(root, config, state, &s, err);

	if (r >= 0)
		r = classification_check(s->classes, err);
	if (r < 0)
		return r;
	r = cgroups_read(root, descends, &reach, &s->cgroups, err);
	if (r < 0)
		return r;
	if (s->cgroups->world == WORLD_V2_SYSTEMD && dropins_mark(root, s->cgroups) < 0)
		return fail(err, -ENOMEM, "%m");
	*ret = TAKE_PTR(s);
	return 0;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	cgroups_free(s->cgroups);
	classification_free(s->classes);
	hugepages_free(&s->hugepages);
	topology_free(s->topology);
	free(s);
}
