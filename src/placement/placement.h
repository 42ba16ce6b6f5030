/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A placement: the rules of a launch, and the targets that they send ranges to. All parts use this one structure: the
 * parser of rules fills it, the launcher completes and shows it, the preload library gets it as text, and the tracer,
 * an attach and the report use it directly.
 */

#include <stdbool.h>
#include <stdint.h>

#include "basic/nodeset.h"
#include "mempolicy-mode.h"

#define PLACEMENT_RULES 64
#define PLACEMENT_TARGETS 8
#define PLACEMENT_NO_LIMIT UINT64_MAX

enum placement_kind {
	PLACEMENT_MALLOC, /* blocks from malloc(3) and its relatives */
	PLACEMENT_ANON,   /* private anonymous mappings made with mmap(2) */
	PLACEMENT_FILE,   /* mappings of files and devices */
	PLACEMENT_SHM,    /* shared memory: POSIX, System V, memfd_create(2), shared anonymous */
	PLACEMENT_DATA,   /* .data and .bss of the program and its libraries */
	PLACEMENT_HEAP,   /* the brk(2) heap; the preload library cannot see it grow, and never gets such a rule */
	PLACEMENT_KINDS
};
#define PLACEMENT_KIND(k) (1U << (k)) /* for masks of kinds */

/* What a rule can ask of a range besides its kind and size. */
enum placement_key {
	PLACEMENT_CALLER, /* malloc, anon: glob on the file name, or the path, of the object that made the call */
	PLACEMENT_PATH,   /* file: glob on the path (path_glob()) */
	PLACEMENT_NAME,   /* anon: glob on the name given with prctl(PR_SET_VMA_ANON_NAME); shm: glob on its name */
	PLACEMENT_OBJECT, /* data: glob on the object's file name or path */
	PLACEMENT_SYMBOL, /* data: the name of one of its variables */
	PLACEMENT_GLOBS,
	PLACEMENT_EXEC = PLACEMENT_GLOBS, /* whether executable memory is allowed too */
	PLACEMENT_KEYS
};

enum placement_thp {
	PLACEMENT_THP_DEFAULT, /* the system's setting */
	PLACEMENT_THP_ALWAYS,
	PLACEMENT_THP_NEVER,
	PLACEMENT_THPS
};

struct placement_target {
	unsigned index; /* its index among the targets */
	enum cdm_policy policy;
	enum placement_thp thp;
	bool has_home;
	unsigned home; /* the node that is tried first (set_mempolicy_home_node(2)) */
	struct nodeset nodes;
};

struct placement_rule {
	enum placement_kind kind;
	bool allow;
	unsigned target;                    /* if it allows: an index into the targets */
	uint64_t min, max;                  /* bytes, both inclusive; PLACEMENT_NO_LIMIT: no limit */
	bool exec;                          /* if it allows: executable memory too */
	const char *globs[PLACEMENT_GLOBS]; /* NULL: no condition */
};

struct placement {
	const char *counts; /* the file in which allowed requests are counted (counts-format.h); NULL: they are not */
	bool dont_fork;     /* forked children do not get private anonymous ranges that a rule allows (MADV_DONTFORK) */
	bool no_inherit;    /* a program that this one executes gets no rules */
	unsigned n_targets, n_rules;
	struct placement_target targets[PLACEMENT_TARGETS];
	struct placement_rule rules[PLACEMENT_RULES]; /* the first that matches decides */
};

/* The words of rules and of the hand-over, indexed by their enums. */
extern const char *const placement_thps[PLACEMENT_THPS] __attribute__((visibility("hidden")));
extern const char *const placement_kinds[PLACEMENT_KINDS] __attribute__((visibility("hidden")));
extern const char *const placement_keys[PLACEMENT_KEYS] __attribute__((visibility("hidden")));

/* Whether a request that does not fit on the target's nodes must fail instead of getting system memory. */
static inline bool target_is_strict(const struct placement_target *t)
{
	return t->policy == POLICY_BIND;
}

/* Returns the target to which a rule that allows sends ranges. */
static inline const struct placement_target *rule_target(const struct placement *place, unsigned rule)
{
	return &place->targets[place->rules[rule].target];
}

/* Returns the advice for madvise(2) on huge pages that the target asks for, or 0 if none. */
int target_advice(const struct placement_target *t);

/* Whether a rule that allows executable memory sends it to target number `target`. */
bool target_takes_code(const struct placement *place, unsigned target);
