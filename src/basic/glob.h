/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Globs: pure functions that allocate nothing, so that the preload library can use the same ones. */

#include <stdbool.h>
#include <stddef.h>

/*
 * '*' matches any run of bytes, '?' any byte, "[a-z]" and "[!a-z]" a byte in or not in a set ("]" may come first in
 * it); a '[' that is never closed matches itself. A backslash is an ordinary character: systemd's names are full of
 * them ("my\x2dapp.slice").
 */
bool glob_matches(const char *pattern, const char *text);

/* The same for texts that end by their length. */
bool glob_matches_n(const char *pattern, size_t pattern_len, const char *text, size_t text_len);

/*
 * Globs over cgroup paths and file names: one glob for each component; "**" as a whole component matches any number of
 * them, including none ("a/" "**" matches a, a/b, a/b/c). Leading slashes do not count.
 */
bool path_glob(const char *pattern, const char *path);

/* Whether the pattern matches the path, or a directory that contains it. */
bool path_glob_covers(const char *pattern, const char *path);
