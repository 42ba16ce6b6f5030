/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Allow rules: which VMAs of a launched program may use device nodes. Parsed once; immutable. */

#include "basic/error.h"
#include "placement/placement.h"

#include <stdbool.h>
#include <stdint.h>

/* A rule as it was written: the conditions for a range, all of which must hold, and where the range goes. */
struct rule {
	struct placement_rule asks; /* its globs are owned; the launch plan sets its target */
	char *nodes;                /* in list format, or a class; owned. NULL: the nodes of the launch */
	bool has_policy;
	enum cdm_policy policy; /* if not given, the policy of the launch */
	bool has_home;
	unsigned home; /* the node that is tried first, with prefer and bind */
	enum placement_thp thp;
};

struct rules {
	struct rule *v;
	size_t n;
};

#define RULES_NONE ((struct rules){ 0 })

/*
 * Parses "KIND[,KEY=VALUE...]", where a leading '!' denies, and appends the rule. Fails with "where 'text': column N:
 * what; the nearest known kind or key"; `where` is for example "--allow".
 */
_must_use_ int rules_add(struct rules *rules, const char *where, const char *text, struct error *err);

void rule_clear(struct rule *rule);
#define _cleanup_rule_ _cleanup_(rule_clear)

/* Appends a copy of a rule. Returns -E2BIG and one line if there are PLACEMENT_RULES already. */
_must_use_ int rules_append(struct rules *rules, const struct rule *rule, struct error *err);

/* The text of the rule. Owned; NULL: out of memory. */
char *rule_text(const struct rule *rule);

void rules_free(struct rules *rules);
#define _cleanup_rules_ _cleanup_(rules_free)

/*
 * A profile: rules and defaults from JSON: { "version": 1, "description": "...", "allow": ["malloc,min=1M", ...],
 * "policy": "prefer", "nodes": "gpu", "group": "cdm.slice" }; all but "allow" and "version" are optional; options
 * override it.
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
 * A name without a slash means PROFILE_DIR/name.json, then PROFILE_VENDOR_DIR/name.json; with a slash it is a file.
 * Fails with "FILE:LINE:COLUMN: what".
 */
_must_use_ int profile_load(const char *name, struct profile *ret, struct error *err);
void profile_free(struct profile *p);
#define _cleanup_profile_ _cleanup_(profile_free)
