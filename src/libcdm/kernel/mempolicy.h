/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libnuma's room: the memory policy system calls. Every policy is MPOL_F_STATIC_NODES (see kernel's mempolicy.rst:
 * other policies are remapped when the cpuset changes, and follow a device node into system memory or back). */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "placement/mempolicy-mode.h"

#include <stdbool.h>

/*
 * Whether this kernel knows the policy: it is tried on a page of our own with these nodes, some of which must be
 * online and allowed. -EINVAL: it does not.
 */
typedef int policy_probe_fn(enum cdm_policy p, const struct nodeset *nodes);
policy_probe_fn policy_probe;

/*
 * The policy that comes nearest to what is wanted on a kernel of which probe() tells what it knows; -EINVAL: none does.
 */
int policy_settle(enum cdm_policy wanted, const struct nodeset *nodes, policy_probe_fn *probe, enum cdm_policy *ret);

/* Whether a node can be named that is tried first (set_mempolicy_home_node(2)). -ENOSYS: not before Linux 5.17. */
int policy_probe_home(enum cdm_policy p, const struct nodeset *nodes, int home);

/*
 * The calling thread's own policy, which its children and what it execs inherit: BIND to these nodes. With
 * `balancing` the kernel's NUMA balancing goes on among them (MPOL_F_NUMA_BALANCING, 5.12; done without where
 * the kernel does not know it).
 */
int policy_set_task(const struct nodeset *nodes, bool balancing);

/* The modes for set_mempolicy(2) that it tries, in this order. Returns how many, at most POLICY_TASK_MODES. */
#define POLICY_TASK_MODES 2
size_t policy_task_modes(bool balancing, int modes[POLICY_TASK_MODES]);

/*
 * move_pages(2): where pages of a process are (nodes NULL), or moves them, those that no other process has too. status,
 * of each: its node, or a negative errno. The new ones are had in the caller's name: his cpuset must have the nodes.
 * Returns a negative errno if it could not be tried at all.
 */
int policy_move_pages(int pid, size_t n, void *const *pages, const int *nodes, int *status);
