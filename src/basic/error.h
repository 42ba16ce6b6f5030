/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cleanup.h"

/*
 * A failure on its way to the user: the negative errno, and one line that says what failed, where, why, and the remedy.
 * The layer that knows the object fills it; the program's outermost layer prints it, once. It can be shown on a
 * terminal as it is: quoted text is printable() already.
 */
struct error {
	int code;  /* negative errno; 0: nothing failed */
	char *msg; /* owned; NULL if memory ran out */
};

#define ERROR_NONE ((struct error){ 0 })

/*
 * Fills e (which may be NULL) with code and the message, replacing its old content, and returns code. A '%m' in the
 * format is the text of code, not of errno. Keeps errno.
 */
int fail(struct error *e, int code, const char *fmt, ...) _printf_(3, 4);

/* Puts "prefix: " in front of the message that e (which may be NULL) has. Returns code, which is e's. */
int fail_prefix(struct error *e, int code, const char *fmt, ...) _printf_(3, 4);

/* Never NULL. Valid until e is changed. */
const char *error_text(const struct error *e) _nonnull_(1);

void error_reset(struct error *e);
#define _cleanup_error_ _cleanup_(error_reset)
