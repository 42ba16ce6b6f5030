/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The policies that a rule can ask for: their names, and their modes for mbind(2). */

enum cdm_policy {
	POLICY_PREFER,     /* spills to system nodes when the device is full */
	POLICY_BIND,       /* strict: an allowed request fails if the device has no room for it */
	POLICY_INTERLEAVE, /* page by page over the nodes */
	POLICY_WEIGHTED,   /* the same, with the kernel's weights */
	POLICIES_ASKED,
	/* stands for prefer on a kernel that can prefer one node only; no rule can ask for it */
	POLICY_PREFER_ONE = POLICIES_ASKED,
	POLICIES
};

/* A word for each of them, as used in the hand-over. */
extern const char *const policy_words[POLICIES] __attribute__((visibility("hidden")));

/* The name that users know: prefer is "prefer" on every kernel. */
const char *policy_name(enum cdm_policy p);
int policy_from_name(const char *name); /* only those that a rule can ask for; or -EINVAL */

/* The mode for mbind(2), with its flags. */
int policy_mode(enum cdm_policy p);
