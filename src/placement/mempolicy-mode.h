/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The policies that a rule can ask for: their names, and what mbind(2) is told. */

enum cdm_policy {
	POLICY_PREFER,     /* spills to system nodes when the device is full */
	POLICY_BIND,       /* strict: an allowed request that the device has no room for fails */
	POLICY_INTERLEAVE, /* page by page over the nodes */
	POLICY_WEIGHTED,   /* the same by the kernel's weights */
	POLICIES_ASKED,
	/* what prefer is on a kernel that can prefer one node only; nobody can ask for it */
	POLICY_PREFER_ONE = POLICIES_ASKED,
	POLICIES
};

/* A word for each of them, which the text that is handed over has. */
extern const char *const policy_words[POLICIES] __attribute__((visibility("hidden")));

/* As people know it: prefer is prefer on every kernel. */
const char *policy_name(enum cdm_policy p);
int policy_from_name(const char *name); /* of those that can be asked for; or -EINVAL */

/* The mode for mbind(2), with its flags. */
int policy_mode(enum cdm_policy p);
