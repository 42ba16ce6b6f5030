/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a hand-over's rules say: pure functions over them. */

#include "placement-parse.h"

/* A range that is to be judged. */
struct subject {
	enum handover_kind kind;
	uint64_t size;
	bool is_exec;      /* it is executable */
	bool is_allocator; /* the program's own malloc asks for it, to make blocks of */
	/* Whether what rule number `rule` asks by one of its globs holds; negative: that cannot be told. */
	int (*holds)(const struct subject *s, unsigned rule, enum handover_key key, const char *glob);
	const void *caller; /* an address in the code that asks */
	const char *path, *name;
};

/*
 * The first rule that matches, NULL when it denies or there is none. Where something cannot be told, a
 * rule that denies holds and one that allows does not.
 */
const struct handover_rule *rules_find(const struct handover *h, const struct subject *s);

/* The number of that rule, h->n_rules when there is none. */
unsigned rules_first(const struct handover *h, const struct subject *s);

/* The smallest size that may be allowed; UINT64_MAX, which no allocation has, when none is. */
uint64_t rules_smallest(const struct handover *h, enum handover_kind kind);

/* Takes out all rules of a kind. */
void rules_drop(struct handover *h, enum handover_kind kind);
