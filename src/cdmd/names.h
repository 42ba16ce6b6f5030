/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The system's user and group databases (nsswitch.conf(5)). They may be across a network, and slow. */

#include <sys/types.h>

/* 0, or a negative errno: -ENOENT when there is none of the name. */
int names_uid(const char *name, uid_t *ret);
int names_gid(const char *name, gid_t *ret);
