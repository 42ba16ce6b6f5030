/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The original lists of the cgroups that cdm-tools has changed. */

#include "libcdm/cgroup/cgroup.h"
#include "state-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>

/* The index of the first entry that is not before path. */
static size_t place_of(const struct state *s, const char *path)
{
	return FIND_PLACE(s->cgroups, s->n_cgroups, saved, path_compare(saved->path, path) < 0);
}

const struct saved_cgroup *state_saved(const struct state *s, const char *path)
{
	size_t i = place_of(s, path);

	return i < s->n_cgroups && streq(s->cgroups[i].path, path) ? &s->cgroups[i] : NULL;
}

bool state_saved_below(const struct state *s, const char *path)
{
	size_t i = place_of(s, path);

	/* Entries of cgroups below it follow directly. */
	i += i < s->n_cgroups && streq(s->cgroups[i].path, path);
	return i < s->n_cgroups && cgroup_is_below(s->cgroups[i].path, path);
}

int state_remember(struct state *s, const char *path, uint64_t inode, struct saved_cgroup **ret)
{
	size_t i = place_of(s, path);
	struct saved_cgroup *new;
	char *copy;

	if (i < s->n_cgroups && streq(s->cgroups[i].path, path)) {
		*ret = &s->cgroups[i];
		return 0;
	}
	copy = strdup(path);
	new = copy ? INSERT(s->cgroups, s->n_cgroups, i) : NULL;
	if (!new) {
		free(copy);
		return -ENOMEM;
	}
	*new = (struct saved_cgroup){ .path = copy, .inode = inode };
	*ret = new;
	return 0;
}

int state_remember_text(struct state *s, const char *path, uint64_t inode, const char *mems)
{
	struct saved_cgroup *c;
	int r = state_remember(s, path, inode, &c);

	if (r < 0 || c->mems)
		return r;
	c->mems = strdup(mems);
	return c->mems ? 0 : -ENOMEM;
}

int state_remember_mems(struct state *s, const struct cgroup *g)
{
	return state_remember_text(s, g->path, g->inode, g->explicit ? NODESET_STR(&g->mems) : "");
}

struct nodeset state_mems_before(const struct state *s, const struct cgroup *g)
{
	const struct saved_cgroup *saved = state_saved(s, g->path);
	struct nodeset mems = g->mems;

	if (saved && saved->mems)
		(void)nodeset_parse(saved->mems, &mems);
	return mems;
}

void state_forget_cgroup(struct saved_cgroup *c)
{
	free(c->path);
	free(c->mems);
}

/*
 * Whether the entry is still valid; *inode becomes the current inode. A cgroup is identified by its directory. A unit
 * is more: if it was stopped and started again, it has the list that systemd keeps for it, which is ours, and must
 * still get back the list from before that.
 */
static bool is_there(const struct root *root, const struct cgroups *now, const struct saved_cgroup *c, uint64_t *inode)
{
	const struct cgroup *g = cgroups_find(now, c->path);
	_cleanup_free_ char *unit = NULL;
	uint64_t found = g ? g->inode : 0;
	int r = g ? 0 : root_inode(root, &found, "%s/%s", now->mount, c->path);

	*inode = found ? found : c->inode;
	if (root_cannot_tell(r) || (r >= 0 && (!found || !c->inode || found == c->inode)))
		return true;
	return now->world == WORLD_V2_SYSTEMD && cgroup_unit(c->path, &unit) == 1 &&
	       root_exists(root, "run/systemd/system.control/%s.d/50-AllowedMemoryNodes.conf", unit);
}

void state_observe_cgroups(struct state *s, const struct root *root, const struct cgroups *now)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_cgroups; i++) {
		struct saved_cgroup c = s->cgroups[i];
		uint64_t inode;

		if (is_there(root, now, &c, &inode)) {
			c.inode = inode;
			s->cgroups[kept++] = c;
		} else {
			state_forget_cgroup(&c);
		}
	}
	s->n_cgroups = kept;
}
