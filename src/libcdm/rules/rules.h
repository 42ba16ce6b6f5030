/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Allow rules: which VMAs of a launched program are eligible for device nodes. Parsed once, immutable. */

#include "basic/error.h"
#include "placement/mempolicy-mode.h"

#include <stdbool.h>
#include <stdint.h>

enum rule_kind {
	RULE_MALLOC, /* blocks of malloc(3) and its relatives */
	RULE_ANON,   /* private anonymous mappings */
	RULE_FILE,   /* mappings of files and of devices (devdax) */
	RULE_SHM,    /* shared memory: POSIX, System V, memfd_create(2), shared anonymous */
	RULE_DATA,   /* .data and .bss of the program and its libraries */
	RULE_HEAP,   /* the brk(2) heap */
	N_RULE_KINDS,
};
const char *rule_kind_name(enum rule_kind k);

/* Transparent huge pages. */
enum rule_thp {
	THP_DEFAULT, /* as the system has it */
	THP_ALWAYS,
	THP_NEVER,
};

/* What a rule asks of a range, all of it must hold; and where the range goes. Strings are owned; NULL: not given. */
struct rule {
	bool deny;
	enum rule_kind kind;
	uint64_t min, max; /* bytes, inclusive; max UINT64_MAX: no limit */
	char *caller;      /* malloc, anon: glob on the file name of the object that called, or on its path */
	char *path;        /* file: glob on the path (path_glob()) */
	char *name;        /* anon: on the name of prctl(PR_SET_VMA_ANON_NAME); shm: on its name */
	char *object;      /* data: on the object's file name or path */
	char *symbol;      /* data: one variable of it; no glob */
	char *nodes;       /* nodes in list format, or a class; NULL: those of the launch */
	bool has_policy;
	enum cdm_policy policy; /* otherwise that of the launch */
	bool has_home;
	int home; /* the node that is tried first, with prefer and bind */
	enum rule_thp thp;
	bool exec; /* anon, file, shm: executable ranges too */
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

void rule_clear(struct rule *rule);
#define _cleanup_rule_ _cleanup_(rule_clear)

/* Appends a copy of a rule. -E2BIG with a line when there are RULES_MAX already. */
int rules_append(struct rules *rules, const struct rule *rule, struct error *err);

/* The rule as it would be written. Owned; NULL: out of memory. */
char *rule_text(const struct rule *rule);

void rules_free(struct rules *rules);
#define _cleanup_rules_ _cleanup_(rules_free)

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
