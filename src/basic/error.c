/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "error.h"

#include "strutil.h"

#include <errno.h>
#include <string.h>

int fail(struct error *e, int code, const char *fmt, ...)
{
	int saved = errno;
	char *msg;

	if (!e)
		return code;
	errno = code < 0 ? -code : code;
	msg = FORMATTED(fmt); /* before the reset: the arguments may be e's old message */
	error_reset(e);
	e->code = code;
	e->msg = msg;
	errno = saved;
	return code;
}

int fail_prefix(struct error *e, const char *fmt, ...)
{
	_cleanup_free_ char *prefix = NULL;
	char *msg = NULL;

	if (!e)
		return 0;
	prefix = FORMATTED(fmt);
	if (prefix && asprintf(&msg, "%s: %s", prefix, error_text(e)) >= 0) {
		free(e->msg);
		e->msg = msg;
	}
	return e->code;
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
