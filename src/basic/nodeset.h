/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A set of NUMA nodes: a plain value, copied by assignment. It has as many bits as a kernel can be configured for
 * (MAX_NUMNODES is 1 << CONFIG_NODES_SHIFT, at most 10, include/linux/numa.h), so POWER9's nodes 250-255 fit as well.
 * Uses libc alone and never allocates: the preload library needs that.
 */

#include "attributes.h"

#include <stdbool.h>
#include <stddef.h>

#define NODESET_MAX 1024
#define NODESET_WORD_BITS (8 * sizeof(unsigned long))

/* Enough for the longest list of NODESET_MAX nodes ("0-1,3-4,...,1020-1021"), with its terminating null byte. */
#define NODESET_STRLEN 3072

struct nodeset {
	unsigned long bits[NODESET_MAX / NODESET_WORD_BITS];
};

#define NODESET_EMPTY ((struct nodeset){ { 0 } })

/* The maxnode argument of mbind(2) and set_mempolicy(2): the number of bits plus one (mm/mempolicy.c, get_nodes()). */
#define NODESET_MAXNODE (NODESET_MAX + 1)

bool nodeset_has(const struct nodeset *s, int node);
void nodeset_add(struct nodeset *s, int node);
void nodeset_del(struct nodeset *s, int node);

bool nodeset_empty(const struct nodeset *s);
int nodeset_count(const struct nodeset *s);
bool nodeset_equal(const struct nodeset *a, const struct nodeset *b);
bool nodeset_subset(const struct nodeset *a, const struct nodeset *b); /* every node of a is in b */
bool nodeset_intersects(const struct nodeset *a, const struct nodeset *b);

struct nodeset nodeset_or(const struct nodeset *a, const struct nodeset *b);
struct nodeset nodeset_and(const struct nodeset *a, const struct nodeset *b);
struct nodeset nodeset_minus(const struct nodeset *a, const struct nodeset *b);
struct nodeset nodeset_of(int node);

/* The first node >= from, or -1. */
int nodeset_next(const struct nodeset *s, int from);
#define NODESET_FOREACH(node, s) for (int node = nodeset_next(s, 0); node >= 0; node = nodeset_next(s, (node) + 1))

/*
 * Parses the kernel's list format ("0-3,7", lib/bitmap.c bitmap_parselist() without strides). White space around it is
 * allowed; the empty string is the empty set. -EINVAL on anything else, -ERANGE on a node >= NODESET_MAX; *ret is then
 * untouched.
 */
_must_use_ int nodeset_parse(const char *text, struct nodeset *ret) _nonnull_(1, 2);

/* Writes the same format to buf (NODESET_STRLEN bytes or more) and returns buf. */
char *nodeset_format(const struct nodeset *s, char *buf, size_t size);

/* For messages: nodeset_format() into a buffer that lives until the end of the enclosing block. */
#define NODESET_STR(s) nodeset_format((s), (char[NODESET_STRLEN]){ 0 }, NODESET_STRLEN)
