/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Globs: pure functions that allocate nothing, so that the preload library has the very same. */

#include <stdbool.h>
#include <stddef.h>

/*
 * '*' is any run of bytes, '?' any byte, "[a-z]" and "[!a-z]" a byte that is in a set or not ("]" may stand first in
 * it); a '[' that nothing closes is itself. A backslash is an ordinary character: systemd's names are full of them
 * ("my\x2dapp.slice").
 */
bool glob_matches(const char *pattern, const char *text);

/* The same of texts that end by their length. */
bool glob_matches_n(const char *pattern, size_t pattern_len, const char *text, size_t text_len);

/*
 * Globs over cgroup paths and file names: a glob to each component; "**" as a whole component matches any number of
 * them, also none ("a/" "**" matches a, a/b, a/b/c). Slashes in front do not count.
 */
bool path_glob(const char *pattern, const char *path);

/* Whether the pattern matches the path, or one that it is below. */
bool path_glob_covers(const char *pattern, const char *path);
