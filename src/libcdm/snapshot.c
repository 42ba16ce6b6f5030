/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "snapshot.h"

#include "dropin.h"
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

/*
 * What stood before is lost, so `known` comes from the fences as they stand: a node that they leave out is a device's.
 * Taken for one of the boot's it would be a system node from now on, and every fence would be opened for it.
 */
static int recover(const struct root *root, const struct config *config, struct state *state)
{
	_cleanup_cgroups_ struct cgroups *g = NULL;
	struct nodeset inside, has_cpu;
	bool fenced = false;
	int r = cgroups_read(root, NULL, NULL, &g, NULL);

	if (r == -ENODEV)
		return 0;
	if (r >= 0)
		r = root_read_nodes(root, &has_cpu, "sys/devices/system/node/has_cpu");
	for (size_t i = 0; r >= 0 && i < g->n; i++) {
		const struct cgroup *c = &g->v[i];

		if (!*c->path || !c->has_cpuset || !c->explicit || config_reaches(config, c->path))
			continue;
		inside = fenced ? nodeset_and(&inside, &c->mems) : c->mems;
		fenced = true;
	}
	if (r >= 0 && fenced) {
		state->known = nodeset_or(&inside, &has_cpu);
		state->first = false;
	}
	return r;
}

int snapshot_read_nodes(const struct root *root, const struct config *config, struct state *state,
			struct snapshot **ret, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(err, -ENOMEM, "%m");
	r = state->damage ? recover(root, config, state) : 0;
	if (r < 0)
		return fail(err, r, "%s; reading the fences that stand: %m", state->damage);
	r = nodes_read(root, config, state, &s->topology, &s->classes, err);
	if (r < 0)
		return r;
	r = hugepages_read(root, &s->classes->device, &s->hugepages);
	if (r < 0)
		return fail(err, r, "pools of huge pages: %m");
	*ret = TAKE_PTR(s);
	return 0;
}

int snapshot_read(const struct root *root, const struct config *config, struct state *state, struct snapshot **ret,
		  struct error *err)
{
	const struct reach reach = { config, state };
	_cleanup_snapshot_ struct snapshot *s = NULL;
	int r = snapshot_read_nodes(root, config, state, &s, err);

	if (r < 0)
		return r;
	r = cgroups_read(root, descends, &reach, &s->cgroups, err);
	if (r < 0)
		return r;
	if (s->cgroups->world == CGROUP_V2_SYSTEMD && dropins_mark(root, s->cgroups) < 0)
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
