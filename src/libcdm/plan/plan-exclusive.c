/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Cpusets of v1 with cpuset.mem_exclusive: no node may be both in such a list and in that of a cgroup beside it
 * (validate_change(), kernel/cgroup/cpuset.c). A cgroup keeps the nodes that it has; the others do not get them.
 */

#include "plan-internal.h"

#include "basic/strutil.h"

static size_t parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool are_beside(const char *a, const char *b)
{
	size_t n = parent_length(a);

	return *a && *b && n == parent_length(b) && strncmp(a, b, n) == 0 && !streq(a, b);
}

/*
 * What a sibling keeps from another cgroup: one that is planned before it, all that it will have; one after it, only
 * what it has and keeps. So if two cgroups want the same new node, the first gets it.
 */
static struct nodeset kept_by(const struct cgroup *s, const struct list *plan, bool is_first)
{
	if (!plan || plan->role == ROLE_NONE)
		return s->mems;
	return is_first ? plan->want : nodeset_and(&s->mems, &plan->want);
}

bool plan_has_exclusive(const struct cgroups *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].exclusive)
			return true;
	return false;
}

struct nodeset plan_taken(const struct cgroups *g, const struct list *lists, const struct cgroup *c,
			  const struct cgroup **ret_taker)
{
	bool is_there = c >= g->v && c < g->v + g->n;
	struct nodeset taken = NODESET_EMPTY;

	for (const struct cgroup *s = g->v; s < g->v + g->n; s++) {
		struct nodeset kept;

		if (!(s->exclusive || c->exclusive) || !are_beside(s->path, c->path))
			continue;
		kept = kept_by(s, lists ? &lists[s - g->v] : NULL, !is_there || s < c);
		taken = nodeset_or(&taken, &kept);
		if (ret_taker && !nodeset_empty(&kept) && (!*ret_taker || s->exclusive))
			*ret_taker = s;
	}
	return taken;
}

int plan_keep_apart(struct planner *p, const struct cgroup *c, struct nodeset *want)
{
	const struct cgroup *taker = NULL;
	struct nodeset taken = plan_taken(p->now->cgroups, p->lists, c, &taker);
	struct nodeset lost = nodeset_and(want, &taken), left = nodeset_minus(want, &taken);
	const char *owner = taker && taker->exclusive ? taker->path : c->path;
	int r;

	if (nodeset_empty(&lost))
		return 1;
	if (nodeset_intersects(&left, &p->system)) {
		*want = left;
		r = strv_addf(&p->plan->problems,
			      "cgroup /%s goes without node %s, which cgroup /%s has: cpuset.mem_exclusive of /%s keeps the two apart",
			      c->path, NODESET_STR(&lost), taker->path, owner);
		return r < 0 ? r : 1;
	}
	return strv_addf(&p->plan->problems,
			 "cgroup /%s cannot be given a list: no system node is left for it, as cgroup /%s has node %s, and "
			 "cpuset.mem_exclusive of /%s keeps the two apart; write 0 there and run `cdmadm apply`",
			 c->path, taker->path, NODESET_STR(&lost), owner);
}
