/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A configuration in the making: documents are merged one by one, then the names of classes get their meaning. */

#include "config.h"
#include "libcdm/json/json.h"

/* Where a group was given: its classes are looked up there later, and one document may not give it twice. */
struct source {
	const struct json_doc *doc; /* NULL: built in */
	const char *key;            /* as written there */
};

struct draft {
	struct config *config;
	struct source groups[GROUPS_MAX]; /* as config.groups */
};

/* The documents must outlive the draft. */
int draft_merge(struct draft *d, const struct json_doc *doc, struct error *err);

/* Class names are looked up once all is merged: a drop-in may define what an earlier file names. */
int draft_resolve(struct draft *d, struct error *err);

/* Index of the group with exactly this pattern, or -1. */
int config_group(const struct config *c, const char *pattern);

/* Adds, or replaces the one of the same name, and takes it over. Returns its index, or -ENOMEM. */
int config_put_class(struct config *c, struct class *class);
int config_put_group(struct config *c, struct group *group);

void class_free(struct class *c);
void group_free(struct group *g);
#define _cleanup_class_ _cleanup_(class_free)
#define _cleanup_group_ _cleanup_(group_free)

/* One member of "classes" (config-class.c) and of "groups" (config-group.c; its classes are still names). */
int read_class(const struct json_at *at, struct class *ret, struct error *err);
int read_group(const struct json_at *at, struct group *ret, struct error *err);
