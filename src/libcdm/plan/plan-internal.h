/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan.h"

/* Appends a step. -ENOMEM. */
int plan_add(struct plan *p, enum step_kind kind, const char *target);

/* The same for a list, and for a node, whose target is "nodeN". */
int plan_add_mems(struct plan *p, enum step_kind kind, const char *target, const struct nodeset *mems,
		  enum migrate migrate);
int plan_add_node(struct plan *p, enum step_kind kind, int node);

/* The step that was added last, to say the rest of it. */
struct step *plan_last(struct plan *p);

/* All steps of another plan go to the end of this one. */
int plan_take(struct plan *p, struct plan *other);

/* What plan_make() works on; each part appends its steps. */
struct planner {
	const struct snapshot *now;
	const struct config *config;
	const struct state *state;
	struct plan *plan;
	struct plan *grants;   /* gathered meanwhile: they come last */
	struct nodeset system; /* also nodes whose memory is about to come online: fences widen before it does */
	struct list *lists;    /* as now->cgroups.v, once plan_lists() has made them */
	bool unfenced; /* v1: there are processes that no fence can be made for; no device memory comes online */
};

/* plan-make.c: nodes that every fence holds. */
struct nodeset plan_system_nodes(const struct snapshot *now);

/* plan-online.c */
int plan_auto_online(struct planner *p);
int plan_set_auto_online(struct plan *plan, const char *value);
int plan_online(struct planner *p);

/* plan-hugepages.c; the last two: a node that is to be drained loses its free ones; all are as before us. */
int plan_hugepages(struct planner *p);
int plan_pools_down(struct planner *p, int node);
int plan_pools_back(struct plan *plan, const struct snapshot *now, const struct state *state);

/*
 * plan-removal.c: what is left of nodes that were asked to leave; and a node's blocks that go offline: all, of one that
 * was asked to go (state->offlining), else those that we brought online.
 */
int plan_removal(struct planner *p);
int plan_offline(struct plan *plan, const struct topology *t, const struct state *state, int node);

/* plan-cgroup.c: fences go to plan, grants to grants. */
int plan_cgroups(struct planner *p);

enum role {
	ROLE_NONE,
	ROLE_FENCE,
	ROLE_PIN,   /* inside a group, without a list of its own */
	ROLE_GRANT, /* a group, a list inside one, or a conduit to one */
};

/* What a cgroup's list shall be. */
struct list {
	const struct cgroup *g, *parent;
	enum role role;
	struct nodeset want;
	struct nodeset mems; /* as it stands after the steps so far */
};

/* plan-cgroup.c: pure, one cgroup at a time. parent is NULL for the root. */
void plan_want(const struct planner *p, const struct cgroup *g, const struct cgroup *parent, struct list *l);

/*
 * plan-exclusive.c: v1. Whether any cgroup is exclusive: where none is, the two below need not be asked, which look at
 * all that there are.
 */
bool plan_has_exclusive(const struct cgroups *g);

/*
 * The nodes that a cgroup cannot list, since one beside it has them and either of them is
 * exclusive; lists NULL: as things are. *ret_taker (NULL at first): a cgroup that has some.
 */
struct nodeset plan_taken(const struct cgroups *g, const struct list *lists, const struct cgroup *c,
			  const struct cgroup **ret_taker);

/* Takes those out of *want, with a problem that names the cgroup. 0: no system node is left, and *want is as it was. */
int plan_keep_apart(struct planner *p, const struct cgroup *c, struct nodeset *want);

/* plan-lists.c: the lists (one for each cgroup; owned by the planner), and the steps to them. */
int plan_lists(struct planner *p);
int plan_controller(struct planner *p, const struct cgroup *parent);

/* For a step that sets a list (g NULL: the cgroup is yet to be made). */
enum migrate plan_migrate(const struct planner *p, const struct cgroup *g);
