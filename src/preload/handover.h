/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What cdm-launch hands to libcdm-preload.so: one environment variable, the only contract between the two.
 *
 *     CDM_LAUNCH_PLAN=1;mode=MODE;nodes=LIST[;RULE]...
 *
 *     1        the version of this format
 *     MODE     prefer, bind, interleave or weighted: how an allowed range is bound with mbind(2)
 *     LIST     the nodes, in the kernel's list format; not empty; may name nodes that are possible but absent
 *     RULE     +KIND,MIN,MAX allows, -KIND,MIN,MAX denies; KIND is malloc or anon; MIN and MAX are bytes in
 *              decimal, both inclusive, MIN <= MAX, and 18446744073709551615 means no limit
 *
 * The first rule that matches decides; what none matches is not allowed. No white space anywhere. A text that
 * breaks any of this holds no rules at all: everything then stays on system memory.
 */

#include <stdbool.h>
#include <stdint.h>

#include "basic/nodeset.h"

#define HANDOVER_ENV "CDM_LAUNCH_PLAN"
#define HANDOVER_RULES 64
#define HANDOVER_NO_LIMIT UINT64_MAX

enum handover_mode {
	HANDOVER_PREFER,     /* MPOL_PREFERRED_MANY: spill to system nodes when the device is full */
	HANDOVER_BIND,       /* MPOL_BIND, strict: an allowed allocation that cannot be bound fails */
	HANDOVER_INTERLEAVE, /* MPOL_INTERLEAVE */
	HANDOVER_WEIGHTED,   /* MPOL_WEIGHTED_INTERLEAVE */
	HANDOVER_MODES
};

enum handover_kind {
	HANDOVER_MALLOC, /* blocks from malloc(3) and its relatives */
	HANDOVER_ANON,   /* private anonymous mappings made with mmap(2) */
	HANDOVER_KINDS
};

struct handover_rule {
	enum handover_kind kind;
	bool allow;
	uint64_t min, max;
};

struct handover {
	enum handover_mode mode;
	struct nodeset nodes;
	unsigned n_rules;
	struct handover_rule rules[HANDOVER_RULES];
};

/* The words of the format, by enum handover_mode and enum handover_kind. */
extern const char *const handover_modes[HANDOVER_MODES] __attribute__((visibility("hidden")));
extern const char *const handover_kinds[HANDOVER_KINDS] __attribute__((visibility("hidden")));

/* -EINVAL on a malformed text, -E2BIG on too many rules; *ret is then untouched. Never allocates. */
int handover_parse(const char *text, struct handover *ret);

/* The text of h, to be freed. For the launcher: not part of the preload library. -ENOMEM; -EINVAL if h is not valid. */
int handover_format(const struct handover *h, char **ret);
