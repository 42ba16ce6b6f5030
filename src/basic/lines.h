/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads a file line by line. The memory that this takes is bounded by the longest line that the caller accepts, however
 * large the file is.
 */

#include "cleanup.h"
#include "span.h"

#include <stddef.h>

struct lines {
	int fd; /* owned */
	char *buf;
	size_t size;    /* of buf: the longest line with its newline */
	size_t at, end; /* what was read and not returned yet */
};

#define LINES_NONE ((struct lines){ .fd = -1 })

/* Takes the descriptor over, also on failure. max: the length of the longest line. -ENOMEM. */
_must_use_ int lines_init(struct lines *l, int fd, size_t max);
void lines_close(struct lines *l);
#define _cleanup_lines_ _cleanup_(lines_close)

/*
 * Returns 1 with the next line, without its newline, which is valid until the next call; 0 at the end of the file;
 * -EFBIG if the line is longer than max, or another negative errno. After a failure there is no next line.
 */
_must_use_ int lines_next(struct lines *l, struct span *ret);
