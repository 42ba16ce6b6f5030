/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The policies that a rule can ask for: their names, and what mbind(2) is told. */

/* Policies for eligible VMAs. */
enum cdm_policy {
	POLICY_PREFER,     /* MPOL_PREFERRED_MANY: spill to system nodes when the device is full */
	POLICY_BIND,       /* strict: an allowed allocation that the device has no room for fails */
	POLICY_INTERLEAVE, /* MPOL_INTERLEAVE */
	POLICY_WEIGHTED,   /* MPOL_WEIGHTED_INTERLEAVE */
	POLICY_PREFER_ONE, /* what prefer is on a kernel that can prefer one node only; nobody can ask for it */
	POLICIES
};
const char *policy_name(enum cdm_policy p);
int policy_from_name(const char *name); /* or -EINVAL */

/* The mode for mbind(2), with its flags. */
int policy_mode(enum cdm_policy p);
