/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a program shows to the user. Only programs use this: a library prints nothing. */

#include "error.h"
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the text as printable() makes it. */
void print_foreign(FILE *f, const char *text);

/*
 * Flushes standard output. A reader that has gone (`| head`) is not a failure: it has read what it wanted, and the
 * program's exit status is the same as if it had read everything. A full disk is a failure.
 */
_must_use_ int output_flush(struct error *err);

/* Whether the reader has gone: nothing more can be shown, so a program that prints for ever may end. */
bool output_has_no_reader(void);

/* The same as output_flush(), at the program's end: some file systems report only at close that they had no room. */
_must_use_ int output_close(struct error *err);
