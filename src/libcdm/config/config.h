/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The administrator's configuration: classes of device nodes, and the groups that are granted them. Immutable once
 * read.
 */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "basic/strv.h"
#include "libcdm/kernel/topology.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_FILE SYSCONFDIR "/cdm/cdm.json"
#define CONFIG_DROPIN_DIR SYSCONFDIR "/cdm/cdm.d"

/* A set of classes is a uint64_t; bit i is config.classes[i]. */
#define CLASSES_MAX 64
#define CLASS_BIT(i) (UINT64_C(1) << (i))
#define GROUPS_MAX 1024

enum online_policy {
	ONLINE_MOVABLE, /* cdmd brings it online, in zone Movable */
	ONLINE_KERNEL,  /* cdmd brings it online, in a kernel zone */
	ONLINE_DRIVER,  /* a driver brings it online: cdmd only fences and grants */
	ONLINE_NEVER,   /* it stays offline */
};
const char *online_policy_name(enum online_policy p);

/* All conditions that are given must hold. */
struct match {
	bool has_nodes, has_cpuless, has_tier, has_distance;
	bool device; /* the built-in class: see classify.h */
	bool cpuless;
	unsigned origins; /* bits 1 << enum origin; 0: not given */
	struct nodeset nodes;
	int tier;
	int distance_min, distance_max; /* from the nearest node with CPUs; "80" or "40-80" or "40-" */
	char *pci;                      /* glob on the PCI address, "0009:01:00.0"; NULL: not given */
	char *driver;                   /* glob on the driver's name; NULL: not given */
};

struct hugepool {
	uint64_t page_size; /* bytes */
	uint64_t pages;
};

struct class {
	char *name;
	struct match match;
	enum online_policy online;
	bool highest_first; /* the highest of its blocks comes online first */
	struct hugepool *hugepools;
	size_t n_hugepools;
};

struct group {
	char *pattern; /* a cgroup path below the root of the hierarchy, or a glob for such paths (path_glob()) */
	uint64_t classes;
	struct strv enter_users, enter_groups;
};

/* What to do if /sys/devices/system/memory/auto_online_blocks brings memory online, not movable, before cdmd can. */
enum auto_online_policy {
	AUTO_ONLINE_SETTLE, /* default: set it to offline, unless the driver of a class brings memory online */
	AUTO_ONLINE_KEEP,
};
const char *auto_online_policy_name(enum auto_online_policy p);

struct config {
	struct class *classes;
	size_t n_classes;
	struct group *groups;
	size_t n_groups;
	enum auto_online_policy auto_online;
	struct strv files; /* the files that it was read from; empty: the built-in configuration */
};

/*
 * Reads file, which must exist; NULL is CONFIG_FILE, which may be missing, and after it the drop-ins
 * CONFIG_DROPIN_DIR/NAME.json in the order of their names: they add classes and groups, and replace those with the same
 * name. If no file has the key "classes", the files are merged after the built-in configuration, so that a drop-in with
 * one more group needs nothing else; without any file the built-in configuration is in effect.
 * The default files are read below sysroot_fd if that is >= 0, a file that the user names always by its own path. When
 * root reads it, a file that other users can write is refused.
 *
 * The first mistake fails with "FILE:LINE:COLUMN: what; the nearest known key".
 */
_must_use_ int config_load(const char *file, int sysroot_fd, struct config **ret, struct error *err);

/* The same for the text of one file. */
_must_use_ int config_parse(const char *name, const char *text, size_t len, struct config **ret, struct error *err);

/* One class, `device`, and one group, `cdm.slice`. */
int config_builtin(struct config **ret);

void config_free(struct config *c);
DEFINE_CLEANUP(struct config *, config_free)
#define _cleanup_config_ _cleanup_(config_freep)

/*
 * Finds what is formally correct but cannot be intended, one line each; notes are about what may be intended but is
 * easily overlooked. config_unknown_names() asks the system's user database. -ENOMEM.
 */
int config_problems(const struct config *c, struct strv *problems);
int config_notes(const struct config *c, struct strv *notes);
int config_unknown_names(const struct config *c, struct strv *problems);

/* The index of the class, or -1. */
int config_class(const struct config *c, const char *name);

/* The classes granted to a cgroup (its own and those of the groups above it); 0: none. path has no leading slash. */
uint64_t config_granted(const struct config *c, const char *path);

/*
 * The classes granted to groups below path, if path itself is not a group: such a cgroup is a conduit, which must have
 * its groups' nodes (a child's effective mems are limited by its parent's).
 */
uint64_t config_below(const struct config *c, const char *path);

/* Whether a configured group matches path itself: such a cgroup is a group, not just inside one. */
bool config_is_group(const struct config *c, const char *path);

/* Whether a snapshot must look below path: it is granted something, or it is a conduit. */
bool config_reaches(const struct config *c, const char *path);

/* The pattern as a path if it has no glob characters, otherwise NULL. */
const char *group_literal(const struct group *g);

/* The effective configuration as a document (config show). A new reference; NULL: out of memory. */
struct json_t;
struct json_t *config_to_json(const struct config *c);
