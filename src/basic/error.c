/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int fail(struct error *e, int code, const char *fmt, ...)
{
	int saved = errno;
	char *msg = NULL;
	va_list ap;

	if (!e)
		return code;
	errno = code < 0 ? -code : code;
	va_start(ap, fmt);
	if (vasprintf(&msg, fmt, ap) < 0)
		msg = NULL;
	va_end(ap);
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
	va_list ap;

	if (!e)
		return 0;
	va_start(ap, fmt);
	if (vasprintf(&prefix, fmt, ap) < 0)
		prefix = NULL;
	va_end(ap);
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
