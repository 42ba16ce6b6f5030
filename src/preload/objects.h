/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The program and its libraries, as the dynamic linker knows them. */

#include <stdbool.h>

/* Must be called once, before the others: reads the program's own name, which the dynamic linker does not have. */
void objects_init(void);

/*
 * Whether a glob matches an object: by its file name, or by its path if the glob has a slash. l_name is that of struct
 * link_map: "" is the program.
 */
bool object_fits(const char *l_name, const char *glob);

/*
 * Whether a rule's glob matches the object that contains a code address; negative if no object does. Takes no lock;
 * each thread keeps what it found.
 */
int objects_fit_caller(const void *address, unsigned rule, const char *glob);

/*
 * Registers the object that contains a function as the program's allocator, which creates mappings to cut blocks from.
 * There are at most two: the one that the program's calls of malloc(3) reach before ours, and the one behind ours.
 */
void objects_add_allocator(const void *function);

/* Whether a code address lies in one of them. */
bool objects_is_allocator(const void *address);

/* An object may have gone: forgets what was found. */
void objects_changed(void);
