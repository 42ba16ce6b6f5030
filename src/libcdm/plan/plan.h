/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The planner: from a snapshot and the configuration to ordered steps. Pure: it reads nothing and changes
 * nothing. The order is the promise: fence, then online, then grant; on the way out revoke, drain, offline, unfence.
 */

#include "libcdm/snapshot/snapshot.h"

enum step_kind {
	STEP_AUTO_ONLINE, /* auto_online_blocks is set, so that the kernel does not online memory for its own use */
	STEP_CONTROLLER,  /* cpuset controller on for the children of target */
	STEP_CREATE,      /* make the group target */
	STEP_WIDEN,   /* target gets nodes: what it has, and system nodes more, for pages to go to when it shrinks */
	STEP_FENCE,   /* target gets nodes, which are system nodes only */
	STEP_PIN,     /* target, inside a group, gets a list of its own, which says what it may have already */
	STEP_MOVE,    /* v1: processes that no list holds go behind the fence target; on the way out back to the root */
	STEP_REVOKE,  /* target loses nodes: it gets `nodes` */
	STEP_DRAIN,   /* what is left on target, a node, moves to system nodes */
	STEP_OFFLINE, /* these blocks of target, a node, go offline */
	STEP_ONLINE,  /* these blocks of target, a node, come online */
	STEP_HUGEPAGES, /* the pool of target, a node, gets that many huge pages */
	STEP_GRANT,     /* target gets nodes */
	STEP_RESTORE,   /* target gets back what it had: nodes, empty for no list of its own */
	STEP_REMOVE,    /* the group target, which we made, goes */
	STEP_DISABLE,   /* cpuset controller off again for the children of target */
	N_STEP_KINDS,
};
const char *step_kind_name(enum step_kind k);

/* cpuset.memory_migrate of v1, without which a list that shrinks leaves its pages where they are. */
enum migrate {
	MIGRATE_AS_IT_IS,
	MIGRATE_ON,  /* before the list is set */
	MIGRATE_OFF, /* behind it */
};

struct step {
	enum step_kind kind;
	char *target;         /* a cgroup path ("" is the root), "nodeN", or "auto_online_blocks" */
	int node;             /* drain, offline, online, hugepages: its id, otherwise -1 */
	struct nodeset nodes; /* what cpuset.mems shall be; for a node, itself */
	enum migrate migrate; /* of what sets a list */
	struct hugepool pool; /* hugepages */
	enum mmop mmop;       /* online, offline: what is written to the blocks, or to auto_online_blocks */
	struct idset blocks;  /* online, offline: by id */
	bool highest_first;   /* online: from the highest block down */
	char *auto_online;    /* auto-online: what is written, which may be what a later kernel knows */
};

/* What a step writes beside its nodes, for people: "online_movable", "2M=64", "memory_migrate=1"; NULL: nothing. */
#define STEP_VALUE_MAX 64
const char *step_value(const struct step *s, char buf[static STEP_VALUE_MAX]);
#define STEP_VALUE(step) step_value(step, (char[STEP_VALUE_MAX]){ 0 })

/* Whether a step of this kind writes cpuset.mems. */
bool step_sets_mems(enum step_kind k);

/* Releases what a step owns. */
void step_clear(struct step *step);

struct plan {
	struct step *steps;
	size_t n;
	struct strv problems; /* what no step can mend, one line each */
};

/* -ENOMEM only. */
int plan_make(const struct snapshot *snapshot, const struct config *config, const struct state *state, struct plan **ret);

/*
 * What cpuset.mems of a cgroup would be, whether it is there or not: its fence, or what it is granted. What was
 * withdrawn by request is in it: that does not outlast the boot.
 */
struct nodeset plan_mems_of(const struct snapshot *snapshot, const struct config *config, const char *path);

/*
 * Whether a fence has to stand around a cgroup, and whether one does: a list of its own in the kernel's file, with
 * system nodes alone. Without a list it would get every node that comes, whatever it happens to have today.
 */
enum fence {
	FENCE_NONE, /* it is a group, in one or above one; or what is above it holds it */
	FENCE_OPEN,
	FENCE_STANDS,
};
enum fence plan_fence_of(const struct snapshot *snapshot, const struct config *config, const struct cgroup *g);

/* The way back to how things stood before: the steps of teardown. */
int plan_teardown(const struct snapshot *snapshot, const struct state *state, struct plan **ret);

/* Fences first: takes every step out that opens something or takes memory online or offline. */
void plan_keep_fences(struct plan *plan);

void plan_free(struct plan *p);
DEFINE_CLEANUP(struct plan *, plan_free)
#define _cleanup_plan_ _cleanup_(plan_freep)
