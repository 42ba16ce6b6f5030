/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The system's user and group databases (nsswitch.conf(5)), which may be remote and slow. */

#include <stdbool.h>
#include <sys/types.h>

/* Returns 0 or a negative errno: -ENOENT if there is no such name. */
int user_db_uid(const char *name, uid_t *ret);
int user_db_gid(const char *name, gid_t *ret);

/* A name that consists of digits is the id itself, and is not looked up. */
bool user_db_is_id(const char *name, unsigned *ret);
