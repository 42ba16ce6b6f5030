/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One line of /proc/PID/maps (fs/proc/task_mmu.c, show_map_vma()): the one parser of that file. It allocates nothing
 * and keeps errno, since the preload library calls it inside malloc(3) and in signal handlers.
 */

#include "span.h"

#include <sys/types.h>

struct mapping {
	uint64_t start, end;
	char rights[5]; /* "rw-p" */
	bool is_writable, is_exec, is_private;
	bool is_heap;              /* the brk heap */
	bool is_private_anonymous; /* neither heap nor stack; it may have a name by prctl(2), "[anon:...]" */
	dev_t device;
	uint64_t inode; /* 0: no file */
};

/*
 * Parses a line without its newline. The name is the rest of the line, perhaps empty; it may contain blanks, and for
 * each newline "\012": unmangle() decodes it. A name that was cut does no harm. Returns false, and leaves both results
 * untouched, if the line is not of that form: a field is missing, a number is too large, or the range is empty.
 */
bool maps_line_parse(struct span line, struct mapping *ret, struct span *ret_name);
