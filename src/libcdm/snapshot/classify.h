/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which nodes are device nodes, and of which class: a pure function of topology and configuration. */

#include "libcdm/config/config.h"
#include "libcdm/kernel/topology.h"

#define CLASS_SYSTEM (-1)

struct verdict {
	int class;         /* index into config.classes, or CLASS_SYSTEM; of an absent node always CLASS_SYSTEM */
	uint64_t could_be; /* an absent node: the classes it may turn out to be of; otherwise the bit of class, or 0 */
	char *why;         /* the signal that decided, for people; owned */
};

struct classification {
	struct verdict *nodes; /* as topology.nodes */
	size_t n_nodes;
	struct nodeset system; /* nodes with memory online that are nobody's device: classification_check() */
	struct nodeset device; /* device nodes of any class, with blocks, online or not */
	struct nodeset of_class[CLASSES_MAX]; /* device nodes with blocks, by class */
};

/*
 * known as in topology_read(). The built-in class (match.device) holds for a node of a device's origin (nvidia, dax,
 * cxl) that is not the boot's ordinary memory all the same, and for a CPU-less node that arrived while we run or whose
 * memory is wholly offline or movable. The first class in the configuration's order that matches wins. A node with CPUs
 * and memory is a device node only by `nodes` or a device's origin. -ENOMEM.
 */
int classify(const struct topology *t, const struct config *c, const struct nodeset *known, struct classification **ret);

/* -ENODATA, and why: no node is left as a system node. A fence must hold some, and so must whoever decides by it. */
int classification_check(const struct classification *k, struct error *err);
void classification_free(struct classification *k);
DEFINE_CLEANUP(struct classification *, classification_free)
#define _cleanup_classification_ _cleanup_(classification_freep)

/*
 * Whether there is a device node, or one could come: otherwise every possible node has its memory, which is the
 * system's, and nobody needs a fence.
 */
bool classification_has_devices(const struct classification *k);

/* Whether the verdict on a node rests on this signal of its. Of signals of the origin the strongest decided. */
bool verdict_rests_on(const struct config *c, const struct node *n, const struct verdict *v, const struct evidence *e);

/*
 * What a group with these classes may hold in cpuset.mems beside the system nodes: its device nodes, and those
 * absent nodes of which every class they could turn out to be is among them (the kernel then widens the group by
 * itself at hot-add; a node that turns out a system node is everybody's anyway). An absent node that no class could
 * match is not in it.
 */
struct nodeset classify_grantable(const struct classification *k, const struct topology *t, uint64_t classes);
