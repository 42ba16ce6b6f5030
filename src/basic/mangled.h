/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "span.h"

/*
 * Decodes a path that mangle_path() (fs/seq_file.c) wrote: the bytes in `escaped` are three octal digits after a
 * backslash, all others are unchanged, even a backslash. Owned; NULL: out of memory.
 */
char *unmangle(struct span s, const char *escaped);
