/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Detects a cpuset.mems list that another program keeps overwriting after cdmd has written it. */

#include "overruled.h"

#include "basic/strutil.h"

static bool is_same(const struct overruled_cgroup *c, const struct cgroup *g)
{
	return c->path && c->inode == g->inode && streq(c->path, g->path);
}

/* The entry of a cgroup, or the one to replace by it: a free one, or the one that was unchanged longest. */
static struct overruled_cgroup *place_of(struct overruled *o, const struct cgroup *g)
{
	struct overruled_cgroup *oldest = &o->v[0];

	for (size_t i = 0; i < OVERRULED_MAX; i++) {
		if (is_same(&o->v[i], g))
			return &o->v[i];
		if (!o->v[i].path || (oldest->path && o->v[i].last < oldest->last))
			oldest = &o->v[i];
	}
	return oldest;
}

static void note(struct overruled *o, uint64_t now, const struct cgroup *g, const struct nodeset *ours)
{
	struct overruled_cgroup *c = place_of(o, g);
	bool again = is_same(c, g) && nodeset_equal(&c->ours, ours) && nodeset_equal(&c->theirs, &g->mems);
	char *path;

	if (is_same(c, g) && c->last == now)
		return;
	path = is_same(c, g) ? c->path : strdup(g->path);
	if (c->path != path)
		free(c->path);
	*c = (struct overruled_cgroup){ path, g->inode, now, g->mems, *ours, again ? c->times + 1 : 1 };
}

/* Goes from the end, since the last step that writes a cgroup's list leaves the value that counts. */
void overruled_note(struct overruled *o, uint64_t now, const struct cgroups *found, const struct plan *done)
{
	for (size_t i = done->n; i-- > 0;) {
		const struct step *s = &done->steps[i];
		const struct cgroup *g = step_sets_mems(s->kind) ? cgroups_find(found, s->target) : NULL;

		if (s->result != STEP_DONE || !g || !g->explicit ||
		    (found->world == WORLD_V1 && nodeset_subset(&g->mems, &s->nodes)))
			continue;
		note(o, now, g, &s->nodes);
	}
}

int overruled_problems(const struct overruled *o, uint64_t now, struct strv *problems)
{
	int r = 0;

	for (size_t i = 0; i < OVERRULED_MAX && r >= 0; i++) {
		const struct overruled_cgroup *c = &o->v[i];

		if (!c->path || c->times < OVERRULED_TIMES || now - c->last >= OVERRULED_MS)
			continue;
		r = strv_addf(problems,
			      "cgroup /%s: another program (a container runtime, a service manager) writes %s to its cpuset.mems "
			      "again and again, and cdmd sets it to %s each time: have that program ask for %s, or make the "
			      "cgroup a group",
			      c->path, NODESET_STR(&c->theirs), NODESET_STR(&c->ours), NODESET_STR(&c->ours));
	}
	return r;
}

void overruled_free(struct overruled *o)
{
	for (size_t i = 0; i < OVERRULED_MAX; i++)
		free(o->v[i].path);
	*o = (struct overruled){ 0 };
}
