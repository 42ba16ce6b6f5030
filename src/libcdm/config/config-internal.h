/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A configuration while it is made: documents are merged one by one, then the names of classes are looked up. */

#include "config.h"
#include "libcdm/json/json.h"

/* Where a group was defined: its classes are looked up there later, and one document may not define it twice. */
struct source {
	const struct json_doc *doc; /* NULL: built in */
	const char *key;            /* as written in the document */
};

struct draft {
	struct config *config;
	struct source groups[GROUPS_MAX]; /* as config.groups */
};

/* The documents must live longer than the draft. */
_must_use_ int draft_merge(struct draft *d, const struct json_doc *doc, struct error *err);

/*
 * Looks up class names after all documents are merged, since a drop-in may define a class that an earlier file names.
 */
_must_use_ int draft_resolve(struct draft *d, struct error *err);

/* Index of the group with exactly this pattern, or -1. */
int config_group(const struct config *c, const char *pattern);

/* Adds it, or replaces the one with the same name, and takes it over. Returns its index, or -ENOMEM. */
int config_put_class(struct config *c, struct class *class);
int config_put_group(struct config *c, struct group *group);

void class_free(struct class *c);
void group_free(struct group *g);
#define _cleanup_class_ _cleanup_(class_free)
#define _cleanup_group_ _cleanup_(group_free)

/* One member of "classes" (config-class.c), and one of "groups" (config-group.c), whose classes are still names. */
_must_use_ int read_class(const struct json_at *at, struct class *ret, struct error *err);
_must_use_ int read_group(const struct json_at *at, struct group *ret, struct error *err);
