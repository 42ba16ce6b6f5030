/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Options as data: one table for parsing, for the help, and for the nearest word of a misspelt one. */

#include "basic/error.h"

#include <stdbool.h>
#include <stdio.h>

struct option_spec {
	char letter; /* 0: only the long name */
	const char *name;
	const char *arg;  /* what it takes, NULL: nothing */
	const char *help; /* one line, NULL: not mentioned */
};

#define OPTIONS_MAX 16

/*
 * Parses argv[1] and on; given[i] becomes what specs[i] was given (its argument, or "" for one that takes none). With
 * `in_order` it stops at the first word that is no option, otherwise such words are moved to the end. Returns the
 * index of the first of them, or -EINVAL with err filled.
 */
int options_parse(int argc, char **argv, const struct option_spec *specs, size_t n, bool in_order, const char **given,
		  struct error *err);

/* One line an option. */
void options_help(FILE *f, const struct option_spec *specs, size_t n);
