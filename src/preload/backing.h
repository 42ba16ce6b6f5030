/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a mapping maps, by name. */

#include <limits.h>
#include <stdbool.h>

struct backing {
	bool is_shm;      /* memory without a file: POSIX shared memory, or a memfd */
	const char *name; /* shared memory: as created ("/name"; a memfd's has no slash); file: its path */
	char text[PATH_MAX];
};

/* Finds what a descriptor refers to. Returns false if that cannot be told. Allocates nothing, keeps errno. */
bool backing_of(int fd, struct backing *ret);
