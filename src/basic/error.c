/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An error as one line for people, beside the negative errno that travels as the return value. */

#include "error.h"

#include "printable.h"
#include "strutil.h"

#include <errno.h>
#include <string.h>

/* Messages quote text from others: names of files and cgroups, configurations, arguments. */
static char *safe(const char *message)
{
	return message ? printable(message) : NULL;
}

int fail(struct error *e, int code, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	int saved = errno;
	char *msg;

	if (!e)
		return code;
	errno = code < 0 ? -code : code;
	text = FORMATTED(fmt);
	msg = safe(text); /* before the reset: the arguments may be e's old message */
	error_reset(e);
	e->code = code;
	e->msg = msg;
	errno = saved;
	return code;
}

int fail_prefix(struct error *e, int code, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL, *prefix = NULL;
	char *msg = NULL;

	if (!e)
		return code;
	text = FORMATTED(fmt);
	prefix = safe(text);
	if (prefix && asprintf(&msg, "%s: %s", prefix, error_text(e)) >= 0) {
		free(e->msg);
		e->msg = msg;
	}
	return code;
}

const char *error_text(const struct error *e)
{
	return e->msg ? e->msg : strerror(e->code < 0 ? -e->code : ENOMEM);
}

void error_reset(struct error *e)
{
	if (!e)
		return;
	free(e->msg);
	*e = ERROR_NONE;
}
