/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Flushes and closes the standard output of a program, with its errors: a full disk, a reader that has gone. */

#include "output.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

void print_foreign(FILE *f, const char *text)
{
	_cleanup_free_ char *shown = printable(text);

	fputs(shown ? shown : "?", f);
}

/*
 * The kernel reports this for a pipe or socket itself, so the error number of an earlier write is not needed
 * (pipe_poll(), fs/pipe.c).
 */
bool output_has_no_reader(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLERR | POLLHUP);
}

static int judge(bool failed, struct error *err)
{
	if (!failed || output_has_no_reader())
		return 0;
	return fail(err, errno ? -errno : -EIO, "writing to standard output: %m");
}

int output_flush(struct error *err)
{
	bool failed = ferror(stdout);

	errno = 0;
	failed |= fflush(stdout) == EOF;
	return judge(failed, err);
}

int output_close(struct error *err)
{
	int r = output_flush(err);

	errno = 0;
	/* The descriptor itself stays open, so that no file opened later gets its number. */
	return r < 0 ? r : judge(close(dup(STDOUT_FILENO)) < 0, err);
}
