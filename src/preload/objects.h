/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The program and its libraries, as the dynamic linker has them. */

#include <stdbool.h>

/* Once, before the others: learns the program's own name, for which the dynamic linker has none. */
void objects_init(void);

/*
 * Whether a glob fits an object by its file name, or by its path when there is a slash in the glob. l_name as in struct
 * link_map: "" is the program.
 */
bool object_fits(const char *l_name, const char *glob);

/*
 * Whether the glob of a rule fits the object that an address of code lies in; negative: it lies in none. Takes no
 * lock; what it found is kept for each thread.
 */
int objects_fit_caller(const void *address, unsigned rule, const char *glob);

/*
 * The object that a function lies in is the program's allocator: it makes mappings to cut blocks from. There are two at
 * most, the one that the program's calls of malloc(3) reach before ours, and the one behind ours.
 */
void objects_add_allocator(const void *function);

/* Whether an address of code lies in one of them. */
bool objects_is_allocator(const void *address);

/* An object may go: what was found of it is forgotten. */
void objects_changed(void);
