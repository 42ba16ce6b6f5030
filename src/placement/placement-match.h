/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which rule a range falls under, asked when it is made or later: pure functions. */

#include "placement.h"

/* A range that is to be judged. */
struct subject {
	unsigned kinds; /* a mask of the kinds that it may be */
	uint64_t size;
	bool is_exec;      /* it is executable */
	bool is_allocator; /* the program's own malloc asks for it, to make blocks of it */
	/*
	 * Whether a condition of rule number `rule`, one of its globs, holds; negative: that cannot be told. NULL: no
	 * condition can be told.
	 */
	int (*holds)(const struct subject *s, unsigned rule, enum placement_key key, const char *glob);
	const void *caller; /* for `holds`: an address in the calling code */
	const char *path, *name;
};

/*
 * Whether a rule is about this range, apart from its size. If a condition cannot be told, it holds for a rule that
 * denies, and does not hold for one that allows.
 */
bool rule_fits(const struct placement *h, unsigned rule, const struct subject *s);

/* Returns the number of the first rule that matches, or h->n_rules if there is none. */
unsigned rules_first(const struct placement *h, const struct subject *s);

/* Returns that rule, or NULL if it denies or there is none. */
const struct placement_rule *rules_find(const struct placement *h, const struct subject *s);

/*
 * Returns the smallest size that may be allowed to a range of these kinds, or UINT64_MAX, which no range has, if none
 * may be.
 */
uint64_t rules_smallest(const struct placement *h, unsigned kinds);

/* Removes all rules of a kind. */
void rules_drop(struct placement *h, enum placement_kind kind);

/*
 * Whether a glob of PLACEMENT_OBJECT matches the object with this path: the file name, or the whole path if the glob
 * has a slash.
 */
bool object_glob(const char *glob, const char *path);
