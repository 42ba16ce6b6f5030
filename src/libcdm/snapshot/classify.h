/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Decides which nodes are device nodes, and of which class: a pure function of topology and configuration. */

#include "libcdm/config/config.h"
#include "libcdm/kernel/topology.h"

#define CLASS_SYSTEM (-1)

struct verdict {
	int class;         /* index into config.classes, or CLASS_SYSTEM; of an absent node always CLASS_SYSTEM */
	uint64_t could_be; /* absent node: the classes that it may get on arrival; otherwise the bit of class, or 0 */
	char *why;         /* the signal that decided, as text; owned */
};

struct classification {
	struct verdict *nodes; /* as topology.nodes */
	size_t n_nodes;
	struct nodeset system; /* nodes with memory online that are not device nodes: classification_check() */
	struct nodeset device; /* device nodes of any class, with blocks, online or not */
	struct nodeset of_class[CLASSES_MAX]; /* device nodes with blocks, by class */
};

/*
 * known: as in topology_read(). The built-in class (match.device) matches a node whose origin is a device (nvidia, dax,
 * cxl) and whose memory is not ordinary memory of the boot, and a CPU-less node that arrived while the system ran or
 * whose memory is wholly offline or movable. The first matching class in the order of the configuration wins. A node
 * with CPUs and memory is a device node only by `nodes` or a device's origin. -ENOMEM.
 */
int classify(const struct topology *t, const struct config *c, const struct nodeset *known, struct classification **ret);

/*
 * Returns -ENODATA, with the reason, if no system node is left. A fence must hold some, so check before deciding by it.
 */
_must_use_ int classification_check(const struct classification *k, struct error *err);
void classification_free(struct classification *k);
DEFINE_CLEANUP(struct classification *, classification_free)
#define _cleanup_classification_ _cleanup_(classification_freep)

/*
 * Whether there is a device node, or one could arrive. Otherwise every possible node has its memory, all of it the
 * system's, and nothing needs a fence.
 */
bool classification_has_devices(const struct classification *k);

/* Whether the verdict on a node rests on this signal. Of several signals of the origin, the strongest decides. */
bool verdict_rests_on(const struct config *c, const struct node *n, const struct verdict *v, const struct evidence *e);

/* The device nodes of these classes that have blocks. */
struct nodeset classify_nodes_of(const struct classification *k, uint64_t classes);

/*
 * The nodes that a group with these classes may have in cpuset.mems beside the system nodes: its device nodes, and
 * those absent nodes whose possible classes are all among these (the kernel then widens the group itself at hot-add; a
 * node that turns out to be a system node is for all cgroups anyway). An absent node that no class could match is not
 * included.
 */
struct nodeset classify_grantable(const struct classification *k, const struct topology *t, uint64_t classes);
