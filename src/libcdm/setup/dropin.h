/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd drop-ins that make the fences stand in the next boot from the moment PID 1 makes a unit's cgroup, before
 * anybody of ours runs. What is set at run time wins over them: it is read later (drop-ins are read in the order of
 * their file names, whatever directory they are in, and systemd calls its own 50-AllowedMemoryNodes.conf), and
 * starts with an empty assignment, which takes back what was read so far. So they may be out of date.
 */

#include "managed-file.h"
#include "libcdm/cgroup/cgroup.h"

#define DROPIN_PARENT "etc/systemd/system"
#define DROPIN_NAME "10-cdm.conf"

/* The text of a unit's drop-in. Owned, or NULL: out of memory. */
char *dropin_text(const char *unit, const struct nodeset *mems);

/* The only scope that gets one: PID 1's own. */
#define DROPIN_SCOPE "init.scope"

/*
 * Adds the drop-in of the unit whose top-level cgroup that path is, with this list; a path that is none adds nothing.
 */
int dropin_add(struct lasting *l, const char *path, const struct nodeset *mems, struct error *err);

/* Adds that every drop-in of ours shall go. */
int dropins_unwant(struct lasting *l, struct error *err);

/* Marks the cgroups whose list is that of a drop-in of ours (cgroup.from_dropin). -ENOMEM. */
int dropins_mark(const struct root *root, struct cgroups *cgroups);

/*
 * Adds a line for each drop-in of ours that names nodes which are not possible, as one of another boot may, with other
 * firmware: the kernel refuses the whole list, and nothing in systemd says so. -ENOMEM.
 */
int dropins_check(const struct root *root, const struct nodeset *possible, struct strv *problems);
