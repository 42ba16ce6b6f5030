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

/*
 * Descends where something may be granted, and where something was once, so that teardown finds that whatever is
 * configured now.
 */
static bool descends(const char *path, const void *arg)
{
	const struct reach *reach = arg;

	return config_reaches(reach->config, path) || state_saved_below(reach->state, path);
}

static int read_nodes(const struct root *root, const struct config *config, struct state *state, struct snapshot *s,
		      struct error *err)
{
	int r = state_recover(root, config, s->cgroups, state, err);

	if (r >= 0)
		r = nodes_read(root, config, state, false, &s->topology, &s->classes, err);
	if (r < 0)
		return r;
	r = hugepages_read(root, &s->classes->device, &s->hugepages);
	if (r < 0)
		return fail(err, r, "pools of huge pages: %m");
	s->withdrawn = state->withdrawn;
	return 0;
}

static int read_cgroups(const struct root *root, const struct config *config, const struct state *state,
			struct snapshot *s, struct error *err)
{
	const struct reach reach = { config, state };
	int r = classification_check(s->classes, err);

	if (r >= 0)
		r = cgroups_read(root, s->cgroups, descends, &reach, err);
	if (r < 0)
		return r;
	if (s->cgroups->world == WORLD_V2_SYSTEMD && dropins_mark(root, s->cgroups) < 0)
		return fail(err, -ENOMEM, "%m");
	return 0;
}

static struct snapshot *snapshot_new(struct cgroups *g)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s)
		s->cgroups = g;
	else
		cgroups_free(g);
	return s;
}

int snapshot_read(const struct root *root, const struct config *config, struct state *state, struct cgroups *g,
		  struct snapshot **ret, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *s = snapshot_new(g);
	int r = s ? read_nodes(root, config, state, s, err) : fail(err, -ENOMEM, "%m");

	if (r >= 0)
		r = read_cgroups(root, config, state, s, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

int snapshot_read_nodes(const struct root *root, const struct config *config, struct state *state, struct cgroups *g,
			struct snapshot **ret, struct error *err)
{
	_cleanup_snapshot_ struct snapshot *s = snapshot_new(g);
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = s ? read_nodes(root, config, state, s, err) : fail(err, -ENOMEM, "%m");

	if (r < 0)
		return r;
	r = read_cgroups(root, config, state, s, &why);
	if (root_cannot_tell(r))
		return fail(err, r, "%s", error_text(&why));
	if (r < 0) {
		cgroups_free(s->cgroups);
		s->cgroups = NULL;
	}
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
