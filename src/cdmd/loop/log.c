/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The log: lines for people on a terminal; fields and priorities for the journal. */

#include "log.h"

#include "basic/printable.h"
#include "basic/strutil.h"

#include <stdarg.h>
#include <stdbool.h>

static bool with_priority;

void log_open(void)
{
	/* systemd sets it when standard error is a stream to the journal (systemd.exec(5)). */
	with_priority = getenv("JOURNAL_STREAM") != NULL;
}

static bool is_bare(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || *s == '"' || *s == '=' || *s == '\\')
			return false;
	return true;
}

static void put_value(FILE *f, const char *value)
{
	_cleanup_free_ char *escaped = NULL;

	if (is_bare(value)) {
		fputs(value, f);
		return;
	}
	escaped = escape_text(value);
	putc('"', f);
	for (const char *p = escaped ? escaped : "?"; *p; p++) {
		if (*p == '"')
			putc('\\', f);
		putc(*p, f);
	}
	putc('"', f);
}

void log_event(enum log_level level, const char *event, ...)
{
	char *line = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&line, &size);
	const char *key;
	va_list ap;

	if (!f)
		return;
	if (with_priority)
		fprintf(f, "<%d>", level);
	fprintf(f, "event=%s", event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);

		if (!value)
			continue;
		fprintf(f, " %s=", key);
		put_value(f, value);
	}
	va_end(ap);
	putc('\n', f);
	if (fclose(TAKE_PTR(f)) == 0)
		/* One write per line keeps lines whole. A failure to log cannot be reported anywhere. */
		(void)!write(STDERR_FILENO, line, size);
	free(line);
}
