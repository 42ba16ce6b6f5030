/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a program shows to people. Programs alone have it: a library prints nothing. */

#include "error.h"
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes it as printable() makes it. */
void print_foreign(FILE *f, const char *text);

/*
 * Sends on what was printed to standard output. A reader that has gone (`| head`) is no failure: it has read what it
 * wanted, and the program's exit status is as if it had read all. A full disk is one.
 */
int output_flush(struct error *err);

/* Whether that has happened: nothing more can be shown, so whoever prints for ever may end. */
bool output_has_no_reader(void);

/* The same as output_flush() at the program's end, where some file systems tell that they had no room. */
int output_close(struct error *err);
