/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What of a running process a rule is about. */

#include "launch.h"

#include "trace/attach-process.h"

/* A mapping that a rule allows. */
struct range {
	const struct map *map; /* the maps' */
	unsigned rule;
};

struct ranges {
	struct maps maps;
	struct range *v;
	size_t n;
};

#define RANGES_NONE ((struct ranges){ 0 })

/* The stopped process's. */
int ranges_read(const struct launch *l, struct attach *a, struct ranges *ret, struct error *err);
void ranges_free(struct ranges *r);
#define _cleanup_ranges_ _cleanup_(ranges_free)

/* For --dry-run. */
int ranges_print(const struct launch *l, const struct ranges *ranges, bool json, struct error *err);

struct moved {
	uint64_t moved, stayed; /* pages that were not there where the rule's nodes are */
	uint64_t missing;       /* of the pages that stayed, those of strict rules */
	bool interrupted;       /* by a signal that waits for us */
};

/* Moves what is in the range to its rule's nodes, of those that are there; adds to *moved. The process stands. */
int range_move(const struct launch *l, const struct range *range, struct moved *moved, struct error *err);

/* Moves all of it to system nodes. */
int range_move_back(const struct launch *l, const struct range *range, struct error *err);
