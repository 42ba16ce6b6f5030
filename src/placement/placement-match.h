/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which rule a range falls under, asked as it is made or of one that is there: pure functions. */

#include "placement.h"

/* A range that is to be judged. */
struct subject {
	unsigned kinds; /* a mask of those that it may be */
	uint64_t size;
	bool is_exec;      /* it is executable */
	bool is_allocator; /* the program's own malloc asks for it, to make blocks of */
	/*
	 * Whether what rule number `rule` asks by one of its globs holds; negative: that cannot be told. NULL: nothing
	 * of the kind can.
	 */
	int (*holds)(const struct subject *s, unsigned rule, enum placement_key key, const char *glob);
	const void *caller; /* for `holds`: an address in the code that asks */
	const char *path, *name;
};

/*
 * Whether a rule is about this range, but for its size. Where something cannot be told, a rule that denies holds and
 * one that allows does not.
 */
bool rule_fits(const struct placement *h, unsigned rule, const struct subject *s);

/* The number of the first rule that matches, h->n_rules when there is none. */
unsigned rules_first(const struct placement *h, const struct subject *s);

/* That rule; NULL when it denies or there is none. */
const struct placement_rule *rules_find(const struct placement *h, const struct subject *s);

/* The smallest size that may be allowed to a range of these kinds; UINT64_MAX, which none has, when no size is. */
uint64_t rules_smallest(const struct placement *h, unsigned kinds);

/* Takes out all rules of a kind. */
void rules_drop(struct placement *h, enum placement_kind kind);

/* Whether a glob of PLACEMENT_OBJECT means the object with this path: its file name, or all of it if it has a slash. */
bool object_glob(const char *glob, const char *path);
