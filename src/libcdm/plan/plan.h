/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The planner: makes ordered steps from a snapshot and the configuration. Pure: it reads nothing and changes nothing.
 * The order is the promise: fence, then online, then grant; on the way out revoke, drain, offline, unfence.
 */

#include "libcdm/snapshot/snapshot.h"

enum step_kind {
	STEP_AUTO_ONLINE, /* sets auto_online_blocks, so that the kernel does not online memory for its own use */
	STEP_CONTROLLER,  /* turns the cpuset controller on for the children of target */
	STEP_CREATE,      /* makes the group target */
	STEP_WIDEN,       /* sets target to nodes: its list and more system nodes, where pages can go when it shrinks */
	STEP_FENCE,       /* sets target to nodes, which are system nodes only */
	STEP_PIN,         /* gives target, inside a group, its own list with the nodes that it may use already */
	STEP_MOVE,    /* v1: moves processes that no list limits into the fence target; at teardown back to the root */
	STEP_REVOKE,  /* sets target to nodes, which are fewer than before */
	STEP_DRAIN,   /* moves what is left on target, a node, to system nodes */
	STEP_OFFLINE, /* takes these blocks of target, a node, offline */
	STEP_ONLINE,  /* brings these blocks of target, a node, online */
	STEP_HUGEPAGES, /* sets the pool of target, a node, to that many huge pages */
	STEP_GRANT,     /* sets target to nodes */
	STEP_RESTORE,   /* sets target to its former nodes; none: it had no list of its own */
	STEP_REMOVE,    /* removes the group target, which cdm-tools made */
	STEP_DISABLE,   /* turns the cpuset controller off again for the children of target */
	N_STEP_KINDS,
};
const char *step_kind_name(enum step_kind k);

/* cpuset.memory_migrate of v1: without it, the pages of a list that shrinks stay where they are. */
enum migrate {
	MIGRATE_AS_IT_IS,
	MIGRATE_ON,  /* before the list is set */
	MIGRATE_OFF, /* after the list is set */
};

/* What became of a step. */
enum step_result {
	STEP_PLANNED, /* nothing so far */
	STEP_DONE,
	STEP_GONE,    /* the cgroup or node vanished meanwhile: no error */
	STEP_SKIPPED, /* not tried, because a step that it relies on failed */
	STEP_FAILED,
	STEP_DEFERRED, /* not tried, since the caller wants it later */
};

struct step {
	enum step_result result; /* set by apply_plan() */
	enum step_kind kind;
	char *target;   /* a cgroup path ("" is the root), "nodeN", or "auto_online_blocks" */
	uint64_t inode; /* of the cgroup that is the target (struct cgroup); 0: the target is none, or a new one */
	int node;       /* drain, offline, online, hugepages: the id of the node, otherwise -1 */
	struct nodeset nodes; /* the new cpuset.mems; for a node, the node itself */
	enum migrate migrate; /* for steps that set a list */
	struct hugepool pool; /* hugepages: the new size */
	enum mmop mmop;       /* online, offline: the value to write to the blocks, or to auto_online_blocks */
	struct idset blocks;  /* online, offline: by id */
	bool highest_first;   /* online: from the highest block down */
	char *auto_online;    /* auto-online: the value to write, which may be one of a later kernel */
};

/* The value that a step writes apart from nodes, to show: "online_movable", "2M=64", "memory_migrate=1"; NULL: none. */
#define STEP_VALUE_MAX 64
const char *step_value(const struct step *s, char buf[static STEP_VALUE_MAX]);
#define STEP_VALUE(step) step_value(step, (char[STEP_VALUE_MAX]){ 0 })

/* Whether a step of this kind writes cpuset.mems. */
bool step_sets_mems(enum step_kind k);

/* Whether a step keeps somebody away from device memory, or prepares that: one that plan_keep_fences() keeps. */
bool step_fences(const struct step *s);

/* Releases what a step owns. */
void step_clear(struct step *step);

struct plan {
	struct step *steps;
	size_t n;
	struct strv problems; /* what no step can mend, one line each */
};

/* Returns 0 or -ENOMEM. */
int plan_make(const struct snapshot *snapshot, const struct config *config, const struct state *state, struct plan **ret);

/*
 * The cpuset.mems that a cgroup should have, whether it exists or not: its fence, or its grant. It includes nodes that
 * were withdrawn by request, since a request does not outlast the boot.
 */
struct nodeset plan_mems_of(const struct snapshot *snapshot, const struct config *config, const char *path);

/*
 * Whether a cgroup needs a fence, and whether it has one: its own list in the kernel's file, with system nodes only.
 * Without a list of its own it would get every node that arrives, whatever its nodes are today.
 */
enum fence {
	FENCE_NONE, /* it is a group, inside or above one; or a fence above limits it */
	FENCE_OPEN,
	FENCE_STANDS,
};
enum fence plan_fence_of(const struct snapshot *snapshot, const struct config *config, const struct cgroup *g);

/* Plans the way back to the values from before cdm-tools: the steps of teardown. */
int plan_teardown(const struct snapshot *snapshot, const struct state *state, struct plan **ret);

/* For fences only: removes all steps that grant something or take memory online or offline. */
void plan_keep_fences(struct plan *plan);

void plan_free(struct plan *p);
DEFINE_CLEANUP(struct plan *, plan_free)
#define _cleanup_plan_ _cleanup_(plan_freep)
