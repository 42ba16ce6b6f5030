/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libnuma's room: the memory policy system calls. Every policy is MPOL_F_STATIC_NODES (see kernel's mempolicy.rst:
 * other policies are remapped when the cpuset changes, and follow a device node into system memory or back). */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "rules.h"

#include <stdbool.h>

/* The mode for mbind(2), with its flags. */
int policy_mode(enum cdm_policy p);

/*
 * Whether this kernel knows the policy: it is tried on a page of our own with these nodes, some of which must be
 * online and allowed. -EINVAL: it does not.
 */
int policy_probe(enum cdm_policy p, const struct nodeset *nodes);

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
