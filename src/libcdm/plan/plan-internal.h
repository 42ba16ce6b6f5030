/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan.h"

/* Appends a step. Returns 0 or -ENOMEM. */
int plan_add(struct plan *p, enum step_kind kind, const char *target);

/* The same for a step that sets a list, and for one about a node, whose target is "nodeN". */
int plan_add_mems(struct plan *p, enum step_kind kind, const char *target, const struct nodeset *mems,
		  enum migrate migrate);
int plan_add_node(struct plan *p, enum step_kind kind, int node);

/*
 * The same for memory blocks of a node, which are moved out of *blocks. Returns 1, or 0 without a step if there are
 * none.
 */
int plan_add_blocks(struct plan *p, enum step_kind kind, int node, enum mmop mmop, struct idset *blocks);

/* The last step that was added, for the caller to complete. */
struct step *plan_last(struct plan *p);

/* Moves all steps of another plan to the end of this one. */
int plan_take(struct plan *p, struct plan *other);

/* The planner's data; each part appends its steps. */
struct planner {
	const struct snapshot *now;
	const struct config *config;
	const struct state *state;
	struct plan *plan;
	struct plan *grants;   /* collected separately, since grants come last */
	struct nodeset system; /* includes nodes whose memory is about to come online: fences widen before it does */
	struct list *lists;    /* one for each of now->cgroups.v, once plan_lists() has made them */
	bool unfenced;         /* v1: no fence can be made for some processes, so no device memory comes online */
};

/* plan-make.c: the nodes that every fence has. */
struct nodeset plan_system_nodes(const struct snapshot *now);

/* plan-online.c */
int plan_auto_online(struct planner *p);
int plan_set_auto_online(struct plan *plan, const char *value);
int plan_online(struct planner *p);

/*
 * plan-hugetlb.c. plan_pools_down(): a node that is to be drained loses its free huge pages. plan_pools_back(): all
 * pools get the size that they had before cdm-tools.
 */
int plan_hugepages(struct planner *p);
int plan_pools_down(struct planner *p, int node);
int plan_pools_back(struct plan *plan, const struct snapshot *now, const struct state *state);

/*
 * plan-removal.c. plan_removal(): drains nodes that were asked to leave, and takes their blocks offline.
 * plan_offline(): a node's blocks that go offline: all, if the node was asked to go (state->offlining), otherwise those
 * that cdm-tools brought online.
 */
int plan_removal(struct planner *p);
int plan_offline(struct plan *plan, const struct topology *t, const struct state *state, int node);

/* plan-cgroups.c: fences go to plan, grants to grants. */
int plan_cgroups(struct planner *p);

enum role {
	ROLE_NONE,
	ROLE_FENCE,
	ROLE_PIN,   /* a cgroup inside a group, without a list of its own */
	ROLE_GRANT, /* a group, a cgroup inside one with its own list, or a conduit to a group */
};

/* The list that a cgroup should have. */
struct list {
	const struct cgroup *g, *parent;
	enum role role;
	struct nodeset want;
	struct nodeset left; /* v2: what the lists above leave of it */
	/* After the steps so far: its nodes, and whether it has a list of its own. */
	struct nodeset mems;
	bool listed;
	bool enabled; /* there is a step that turns on the controller for its children */
};

/*
 * plan-cgroups.c. Whether a list has a system node with memory. One that has none limits nothing on v2: if it leaves
 * nothing of the list above, the kernel goes by that alone (update_nodemasks_hier()).
 */
bool plan_has_memory(const struct planner *p, const struct nodeset *mems);

/* plan-lists.c: the parent of each cgroup, NULL for the root. The array is owned by the caller; NULL: out of memory. */
const struct cgroup **plan_parents(const struct cgroups *g);

/* plan-cgroups.c: pure, for one cgroup. parent is NULL for the root. */
void plan_want(const struct planner *p, const struct cgroup *g, const struct cgroup *parent, struct list *l);

/*
 * plan-exclusive.c, v1: whether any cgroup is exclusive. If not, the next two, which look at all cgroups, need not be
 * called.
 */
bool plan_has_exclusive(const struct cgroups *g);

/*
 * The nodes that a cgroup cannot list, since a sibling has them and one of the two is exclusive. lists NULL: as the
 * cgroups are now. *ret_taker (NULL at first): a sibling that has some of them.
 */
struct nodeset plan_taken(const struct cgroups *g, const struct list *lists, const struct cgroup *c,
			  const struct cgroup **ret_taker);

/*
 * Takes these nodes out of *want, and adds a problem that names the sibling. Returns 0 if no system node would be left;
 * *want is then unchanged.
 */
int plan_keep_apart(struct planner *p, const struct cgroup *c, struct nodeset *want);

/* plan-lists.c: the lists (one for each cgroup; owned by the planner), and the steps towards them. */
int plan_lists(struct planner *p);
int plan_controller(struct planner *p, const struct cgroup *parent);

/* For a step that sets a list; g is NULL if the cgroup does not exist yet. */
enum migrate plan_migrate(const struct planner *p, const struct cgroup *g);
