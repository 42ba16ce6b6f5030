/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* This process's mappings, as /proc/self/maps has them. Nothing is allocated, and errno is kept. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
	uintptr_t start, end;
	char rights[4]; /* "rw-p", and no end of a string */
	bool is_exec;
	bool is_private_anonymous; /* and neither heap nor stack */
	dev_t device;
	ino_t inode; /* 0: of no file */
};

/* Calls `each` for one after the other until it returns false, or there are no more. */
void maps_each(bool (*each)(const struct mapping *m, void *arg), void *arg);

/* The one that p lies in. False: it lies in none. */
bool maps_at(const void *p, struct mapping *ret);
