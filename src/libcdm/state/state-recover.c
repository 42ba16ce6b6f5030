/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Recovers which nodes the boot had when the state file is lost: from the memo, or from the fences that exist. */

#include "libcdm/config/config.h"
#include "state-internal.h"

#include <errno.h>

/* Finds the nodes that all fences have; false: there is no fence. A cgroup that may have device nodes is no fence. */
static bool fences_tell(const struct cgroups *g, const struct config *config, struct nodeset *ret)
{
	bool fenced = false;

	for (size_t i = 0; i < g->n; i++) {
		const struct cgroup *c = &g->v[i];

		if (!*c->path || !c->has_cpuset || !c->explicit || config_reaches(config, c->path))
			continue;
		*ret = fenced ? nodeset_and(ret, &c->mems) : c->mems;
		fenced = true;
	}
	return fenced;
}

static int go_by_fences(const struct root *root, const struct config *config, struct cgroups *g, struct state *s)
{
	_cleanup_topology_ struct topology *t = NULL;
	struct nodeset inside;
	int r = cgroups_read(root, g, NULL, NULL, NULL);

	/* The mask of CPUs is not enough: a node counts as having CPUs while they are offline, too. */
	if (r >= 0)
		r = topology_read(root, TOPOLOGY_BRIEF, &t, NULL);
	if (r < 0 || !fences_tell(g, config, &inside))
		return r;
	s->known = nodeset_or(&inside, &t->has_cpu);
	return state_mark_lost(s);
}

/* A version before STOOD_FILE has made the other one only. */
static bool have_stood(const struct root *root)
{
	return root_exists(root, STOOD_FILE) || root_exists(root, FENCED_FILE);
}

int state_recover(const struct root *root, const struct config *config, struct cgroups *g, struct state *s,
		  struct error *err)
{
	struct memo memo = { 0 };
	int r;

	/* Without cpusets there are no fences. */
	if (cgroups_require(g, NULL) < 0)
		return 0;
	r = state_read_memo(root, g->mount, &memo);
	if (r >= 0)
		r = state_recall(s, &memo);
	else if (!root_cannot_tell(r))
		r = s->damage || (s->first && have_stood(root)) ? go_by_fences(root, config, g, s) : 0;
	free(memo.auto_online);
	return r < 0 ? fail(err, r, "recovering the values from before the fences%s%s: %m", s->damage ? ": " : "",
			    s->damage ? s->damage : "") :
		       0;
}
