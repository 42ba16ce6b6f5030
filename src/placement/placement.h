/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A placement: the rules of a launch, and the targets that they send ranges to. It is one structure for everybody: the
 * parser of rules fills it, the launcher completes and shows it, the preload library gets it as text, the tracer, an
 * attach and the report have it as it is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "basic/nodeset.h"
#include "mempolicy-mode.h"

#define HANDOVER_RULES 64
#define HANDOVER_TARGETS 8
#define HANDOVER_NO_LIMIT UINT64_MAX

enum handover_kind {
	HANDOVER_MALLOC, /* blocks from malloc(3) and its relatives */
	HANDOVER_ANON,   /* private anonymous mappings made with mmap(2) */
	HANDOVER_FILE,   /* mappings of files and devices */
	HANDOVER_SHM,    /* shared memory: POSIX, System V, memfd_create(2), shared anonymous */
	HANDOVER_DATA,   /* .data and .bss of the program and its libraries */
	HANDOVER_HEAP,   /* the brk(2) heap; it grows past the preload library, which is never given such a rule */
	HANDOVER_KINDS
};
#define HANDOVER_KIND(k) (1U << (k)) /* in a mask of kinds */

/* What a rule can ask of a range beside its kind and size. */
enum handover_key {
	HANDOVER_CALLER, /* malloc, anon: glob on the file name of the object that called, or on its path */
	HANDOVER_PATH,   /* file: glob on the path (path_glob()) */
	HANDOVER_NAME,   /* anon: glob on the name of prctl(PR_SET_VMA_ANON_NAME); shm: on its name */
	HANDOVER_OBJECT, /* data: glob on the object's file name or path */
	HANDOVER_SYMBOL, /* data: the name of one of its variables */
	HANDOVER_GLOBS,
	HANDOVER_EXEC = HANDOVER_GLOBS, /* whether executable memory is meant too */
	HANDOVER_KEYS
};

enum handover_thp {
	HANDOVER_THP_DEFAULT, /* as the system has it */
	HANDOVER_THP_ALWAYS,
	HANDOVER_THP_NEVER,
	HANDOVER_THPS
};

struct handover_target {
	unsigned index; /* its place among the targets */
	enum cdm_policy policy;
	enum handover_thp thp;
	bool has_home;
	unsigned home; /* the node that is tried first (set_mempolicy_home_node(2)) */
	struct nodeset nodes;
	bool exec; /* a rule that allows executable memory sends it here */
};

struct handover_rule {
	enum handover_kind kind;
	bool allow;
	unsigned target;                   /* of one that allows: an index into the targets */
	uint64_t min, max;                 /* bytes, both inclusive; HANDOVER_NO_LIMIT: no limit */
	bool exec;                         /* of one that allows: executable memory too */
	const char *globs[HANDOVER_GLOBS]; /* NULL: not asked */
};

struct handover {
	const char *counts; /* where what is allowed is counted (counts-format.h); NULL: it is not */
	bool dont_fork;     /* forked children go without private anonymous ranges that a rule allows (MADV_DONTFORK) */
	bool no_inherit;    /* a program that this one executes has no rules */
	unsigned n_targets, n_rules;
	struct handover_target targets[HANDOVER_TARGETS];
	struct handover_rule rules[HANDOVER_RULES]; /* the first that matches decides */
};

/* The words of rules and of the text that is handed over, by their enums. */
extern const char *const handover_thps[HANDOVER_THPS] __attribute__((visibility("hidden")));
extern const char *const handover_kinds[HANDOVER_KINDS] __attribute__((visibility("hidden")));
extern const char *const handover_keys[HANDOVER_KEYS] __attribute__((visibility("hidden")));

/* Whether a request that the target's nodes have no room for has to fail, instead of having system memory. */
static inline bool target_is_strict(const struct handover_target *t)
{
	return t->policy == POLICY_BIND;
}

/* For madvise(2): what the target asks for in huge pages; 0: nothing. */
int target_advice(const struct handover_target *t);
