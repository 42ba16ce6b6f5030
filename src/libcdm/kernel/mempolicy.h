/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only user of libnuma: the memory policy system calls. Every policy has MPOL_F_STATIC_NODES (see the kernel's
 * mempolicy.rst: other policies are remapped when the cpuset changes, and follow a device node into system memory or
 * back).
 */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "placement/mempolicy-mode.h"

#include <stdbool.h>

/*
 * Whether this kernel knows the policy. Tries it on a page of its own with these nodes, some of which must be online
 * and allowed. -EINVAL: it does not.
 */
typedef int policy_probe_fn(enum cdm_policy p, const struct nodeset *nodes);
policy_probe_fn policy_probe;

/*
 * Chooses the policy that is nearest to the wanted one, of those that the kernel knows according to probe(); -EINVAL:
 * none.
 */
int policy_resolve(enum cdm_policy wanted, const struct nodeset *nodes, policy_probe_fn *probe, enum cdm_policy *ret);

/*
 * Whether a node to try first can be named (set_mempolicy_home_node(2)). -ENOSYS: the kernel is older than Linux 5.17.
 */
int policy_probe_home(enum cdm_policy p, const struct nodeset *nodes, int home);

/*
 * Sets the calling thread's policy, which children and executed programs inherit: BIND to these nodes. With `balancing`
 * the kernel's NUMA balancing goes on among them (MPOL_F_NUMA_BALANCING, 5.12; left out if the kernel does not know
 * it).
 */
int policy_set_task(const struct nodeset *nodes, bool balancing);

/* The modes for set_mempolicy(2) that it tries, in this order. Returns their number, at most POLICY_TASK_MODES. */
#define POLICY_TASK_MODES 2
size_t policy_task_modes(bool balancing, int modes[POLICY_TASK_MODES]);
