/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What cdm-launch hands to libcdm-preload.so: one environment variable, the only contract between the two.
 *
 *     CDM_LAUNCH_PLAN=3[,counts=PATH][,fork=dontfork][,inherit=no];TARGET[;TARGET]...[;RULE]...
 *
 *     3        the version of this format
 *     PATH     where what is allowed is counted (counts.h); without it, it is not. In it '%', ',' and ';' are %25, %2C
 *              and %3B
 *     fork     whether a forked child goes without private anonymous ranges that a rule allows (MADV_DONTFORK)
 *     inherit  whether a program that this one executes is to have no rules
 *     TARGET   MODE[,thp=always|never][,home=N]:LIST: how a range is bound with mbind(2), and where to. MODE is prefer,
 *              bind, interleave, weighted or preferred; thp: whether it is to have transparent huge pages
 *              (MADV_HUGEPAGE,
 *              MADV_NOHUGEPAGE); home: the node that is tried first; LIST are nodes in the kernel's list format, which
 *              may name nodes that are possible but absent
 *     RULE     +KIND,MIN,MAX,N[,KEY=GLOB]...[,exec=yes] allows and sends to the Nth target, the first is 0; with exec
 *     also
 *              memory that is executable;
 *              -KIND,MIN,MAX[,KEY=GLOB]... denies. KIND is malloc, anon, file, shm or data; MIN and MAX are bytes in
 *              decimal, both inclusive, MIN <= MAX, and 18446744073709551615 means no limit. KEY is caller, path,
 *              name, object or symbol; what it holds is written as PATH is
 *
 * The first rule that matches decides; what none matches is not allowed. No white space between the parts. A text
 * that breaks any of this holds no rules at all: everything then stays on system memory.
 */

#include <stdbool.h>
#include <stdint.h>

#include "basic/nodeset.h"
#include "mempolicy-mode.h"

#define HANDOVER_ENV "CDM_LAUNCH_PLAN"
#define HANDOVER_RULES 64
#define HANDOVER_TARGETS 8
#define HANDOVER_NO_LIMIT UINT64_MAX

enum handover_kind {
	HANDOVER_MALLOC, /* blocks from malloc(3) and its relatives */
	HANDOVER_ANON,   /* private anonymous mappings made with mmap(2) */
	HANDOVER_FILE,   /* mappings of files and devices */
	HANDOVER_SHM,    /* shared memory */
	HANDOVER_DATA,   /* variables of the program and its libraries */
	HANDOVER_KINDS
};

enum handover_key {
	HANDOVER_CALLER,
	HANDOVER_PATH,
	HANDOVER_NAME,
	HANDOVER_OBJECT,
	HANDOVER_SYMBOL,
	HANDOVER_GLOBS,
	HANDOVER_EXEC = HANDOVER_GLOBS,
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
	enum cdm_policy mode;
	enum handover_thp thp;
	bool has_home;
	unsigned home;
	struct nodeset nodes;
	bool exec; /* a rule that allows executable memory sends it here */
};

struct handover_rule {
	enum handover_kind kind;
	bool allow;
	unsigned target; /* of one that allows */
	uint64_t min, max;
	bool exec;                         /* of one that allows: executable memory too */
	const char *globs[HANDOVER_GLOBS]; /* NULL: not asked */
};

struct handover {
	const char *counts; /* NULL: nothing is counted */
	bool dont_fork, no_inherit;
	unsigned n_targets, n_rules;
	struct handover_target targets[HANDOVER_TARGETS];
	struct handover_rule rules[HANDOVER_RULES];
};

/* The words of the format, by their enums. */
extern const char *const handover_modes[POLICIES] __attribute__((visibility("hidden")));
extern const char *const handover_thps[HANDOVER_THPS] __attribute__((visibility("hidden")));
extern const char *const handover_kinds[HANDOVER_KINDS] __attribute__((visibility("hidden")));
extern const char *const handover_keys[HANDOVER_KEYS] __attribute__((visibility("hidden")));

/*
 * -EINVAL on a malformed text, -E2BIG on too many rules or targets; *ret is then untouched. Never allocates: the globs
 * are decoded where they stand, so `text` is written to and must live as long as *ret.
 */
int handover_parse(char *text, struct handover *ret);

/* The text of h, to be freed. For the launcher: not part of the preload library. -ENOMEM; -EINVAL if h is not valid. */
int handover_format(const struct handover *h, char **ret);
