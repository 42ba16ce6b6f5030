/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd drop-ins that put the fences in place in the next boot from the moment when PID 1 makes a unit's cgroup,
 * before any program of cdm-tools runs. Values set at run time override them: systemd reads drop-ins in the order of
 * their file names, whatever directory they are in, and its own 50-AllowedMemoryNodes.conf comes later and starts with
 * an empty assignment, which resets what was read so far. So the drop-ins may be out of date.
 */

#include "managed-file.h"
#include "libcdm/cgroup/cgroup.h"

#define DROPIN_PARENT "etc/systemd/system"
#define DROPIN_NAME "10-cdm.conf"

/* The text of a unit's drop-in. Owned; NULL: out of memory. */
char *dropin_text(const char *unit, const struct nodeset *mems);

/* The only scope with a drop-in: PID 1's own. */
#define DROPIN_SCOPE "init.scope"

/*
 * Adds the drop-in for the unit of the top-level cgroup at path, with this list; adds nothing if path is not such a
 * unit.
 */
_must_use_ int dropin_add(struct lasting *l, const char *path, const struct nodeset *mems, struct error *err);

/* Adds the removal of every drop-in of ours. */
_must_use_ int dropins_unwant(struct lasting *l, struct error *err);

/* Marks the cgroups whose list is the one in a drop-in of ours (cgroup.from_dropin). -ENOMEM. */
int dropins_mark(const struct root *root, struct cgroups *cgroups);

/*
 * Adds a problem for each drop-in of ours that names nodes which are not possible, as one from a boot with other
 * firmware may: the kernel refuses the whole list, and systemd does not report that. -ENOMEM.
 */
int dropins_check(const struct root *root, const struct nodeset *possible, struct strv *problems);
