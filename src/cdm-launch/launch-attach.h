/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The mappings of a running process that rules allow, and moving their pages. */

#include "launch.h"

#include "trace/attach-process.h"

/* A mapping that a rule allows. */
struct range {
	const struct map *map; /* owned by the maps */
	unsigned rule;
};

struct ranges {
	struct maps maps;
	struct range *v;
	size_t n;
};

#define RANGES_NONE ((struct ranges){ 0 })

/* Reads the mappings of the stopped process. */
_must_use_ int ranges_read(const struct launch *l, struct attach *a, struct ranges *ret, struct error *err);
void ranges_free(struct ranges *r);
#define _cleanup_ranges_ _cleanup_(ranges_free)

/* Prints them for --dry-run. */
_must_use_ int ranges_print(const struct launch *l, const struct ranges *ranges, bool json, struct error *err);

struct moved {
	uint64_t moved, stayed; /* pages that were on other nodes than the rule's */
	uint64_t missing;       /* pages of strict rules that stayed */
	bool interrupted;       /* a signal is pending for cdm-launch */
};

/*
 * Moves the pages in the range to those of the rule's nodes that are present; adds to *moved. The process must be
 * stopped.
 */
_must_use_ int range_move(const struct launch *l, const struct range *range, struct moved *moved, struct error *err);

/* Moves all of them to system nodes. */
_must_use_ int range_move_back(const struct launch *l, const struct range *range, struct error *err);
