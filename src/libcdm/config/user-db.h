/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The system's user and group databases (nsswitch.conf(5)). They may be across a network, and slow. */

#include <stdbool.h>
#include <sys/types.h>

/* 0, or a negative errno: -ENOENT when there is none of the name. */
int user_db_uid(const char *name, uid_t *ret);
int user_db_gid(const char *name, gid_t *ret);

/* A name of digits alone is the id itself, which is looked up nowhere. */
bool user_db_is_id(const char *name, unsigned *ret);
