/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Allow rules: which VMAs of a launched program are eligible for device nodes. Parsed once, immutable. */

#include "basic/error.h"

#include <stdbool.h>
#include <stdint.h>

enum rule_kind {
	RULE_MALLOC,
	RULE_ANON,
};
const char *rule_kind_name(enum rule_kind k);

struct rule {
	bool deny;
	enum rule_kind kind;
	uint64_t min, max; /* bytes, inclusive; max UINT64_MAX: no limit */
};

struct rules {
	struct rule *v;
	size_t n;
};

#define RULES_NONE ((struct rules){ 0 })
#define RULES_MAX 64

/*
 * Parses "KIND[,KEY=VALUE...]", a leading '!' denies, and appends it. Fails with
 * "where 'text': column N: what; the nearest known kind or key"; `where` is "--allow", say.
 */
int rules_add(struct rules *rules, const char *where, const char *text, struct error *err);

/* Appends a copy of a rule. -E2BIG with a line when there are RULES_MAX already. */
int rules_append(struct rules *rules, const struct rule *rule, struct error *err);

/* The rule as it would be written. Owned; NULL: out of memory. */
char *rule_text(const struct rule *rule);

void rules_free(struct rules *rules);
#define _cleanup_rules_ _cleanup_(rules_free)

/* Policies for eligible VMAs. */
enum cdm_policy {
	POLICY_PREFER,
	POLICY_BIND,
	POLICY_INTERLEAVE,
	POLICY_WEIGHTED,
};
const char *policy_name(enum cdm_policy p);
int policy_from_name(const char *name); /* or -EINVAL */

/*
 * A profile: rules and defaults from JSON: { "version": 1, "description": "...", "allow": ["malloc,min=1M", ...],
 * "policy": "prefer", "nodes": "gpu", "group": "cdm.slice" }; all but "allow" optional, given options win.
 */
struct profile {
	struct rules rules;
	bool has_policy;
	enum cdm_policy policy;
	char *group, *nodes; /* NULL: not given */
};

#define PROFILE_DIR SYSCONFDIR "/cdm/profiles.d"
#define PROFILE_VENDOR_DIR PKGDATADIR "/profiles.d"

/*
 * name without a slash is PROFILE_DIR/name.json, then PROFILE_VENDOR_DIR/name.json; with a slash it is a file.
 * Fails with "FILE:LINE:COLUMN: what".
 */
int profile_load(const char *name, struct profile *ret, struct error *err);
void profile_free(struct profile *p);
#define _cleanup_profile_ _cleanup_(profile_free)
