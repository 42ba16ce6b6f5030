/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/*
 * All that is left to read from fd, with a NUL behind it: owned. More than max bytes is -EFBIG. *ret_len, which does
 * not count the NUL, may be NULL.
 */
int fd_read(int fd, size_t max, char **ret, size_t *ret_len);

/*
 * The same of a file that is a value: it ends where a read ends in a newline, which spares the one that only says so.
 * The kernel shows a value in one piece (fs/seq_file.c, seq_read_iter()).
 */
int fd_read_line(int fd, size_t max, char **ret, size_t *ret_len);

/* All of it; -ENOSPC and the like may leave a part written. */
int fd_write(int fd, const char *text, size_t len);
