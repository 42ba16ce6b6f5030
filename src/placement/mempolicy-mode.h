/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The policies that a rule can ask for: their names, and what mbind(2) is told. */

/* Policies for eligible VMAs. */
enum cdm_policy {
	POLICY_PREFER,
	POLICY_BIND,
	POLICY_INTERLEAVE,
	POLICY_WEIGHTED,
	POLICY_PREFER_ONE, /* what prefer is on a kernel that can prefer one node only; nobody can ask for it */
};
const char *policy_name(enum cdm_policy p);
int policy_from_name(const char *name); /* or -EINVAL */

/* The mode for mbind(2), with its flags. */
int policy_mode(enum cdm_policy p);
