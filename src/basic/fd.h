/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "attributes.h"

#include <stddef.h>

/*
 * Reads everything that is left in fd, and adds a NUL: owned. More than max bytes is -EFBIG. *ret_len does not count
 * the NUL; ret_len may be NULL.
 */
_must_use_ int fd_read(int fd, size_t max, char **ret, size_t *ret_len) _nonnull_(3);

/*
 * The same for a file that holds one value: reading ends when a read ends in a newline, which saves the read that only
 * reports the end. The kernel returns a value in one piece (fs/seq_file.c, seq_read_iter()).
 */
_must_use_ int fd_read_line(int fd, size_t max, char **ret, size_t *ret_len) _nonnull_(3);

/* Writes all of it; after -ENOSPC and the like a part may be written. */
_must_use_ int fd_write(int fd, const char *text, size_t len) _nonnull_(2);
