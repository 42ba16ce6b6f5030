/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a mapping is by name. */

#include <limits.h>
#include <stdbool.h>

struct backing {
	bool is_shm;      /* memory, and no file: POSIX shared memory, or a memfd */
	const char *name; /* of shared memory as it was made ("/name", a memfd's without a slash), of a file its path */
	char text[PATH_MAX];
};

/* What a descriptor refers to. False: that cannot be told. Allocates nothing, keeps errno. */
bool backing_of(int fd, struct backing *ret);
