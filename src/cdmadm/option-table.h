/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Options as data: one table for the parser, for the help, and to suggest the nearest word for a misspelt one. */

#include "basic/error.h"

#include <stdbool.h>
#include <stdio.h>

struct option_spec {
	char letter; /* 0: only the long name */
	const char *name;
	const char *arg;  /* name of its argument; NULL: it takes none */
	const char *help; /* one line; NULL: the help leaves it out */
};

#define OPTIONS_MAX 16

/*
 * Parses argv[1] and on; given[i] becomes what was given for specs[i]: its argument, or "" for an option that takes
 * none. With `in_order` it stops at the first word that is not an option, otherwise such words are moved to the end.
 * Returns the index of the first of them, or -EINVAL with err filled.
 */
_must_use_ int options_parse(int argc, char **argv, const struct option_spec *specs, size_t n, bool in_order,
			     const char **given, struct error *err);

/* Prints one line for each option. */
void options_help(FILE *f, const struct option_spec *specs, size_t n);
