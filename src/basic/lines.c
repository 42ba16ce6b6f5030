/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file read line by line, in bounded memory. */

#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int lines_init(struct lines *l, int fd, size_t max)
{
	*l = (struct lines){ .fd = fd, .size = max + 1 };
	l->buf = malloc(l->size);
	return l->buf ? 0 : -ENOMEM;
}

void lines_close(struct lines *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->buf);
	*l = LINES_NONE;
}

/* Returns how many bytes came; 0 at the end. */
static ssize_t read_more(struct lines *l)
{
	ssize_t n;

	memmove(l->buf, l->buf + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	if (l->end == l->size)
		return -EFBIG;
	do
		n = read(l->fd, l->buf + l->end, l->size - l->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->end += (size_t)n;
	return n;
}

int lines_next(struct lines *l, struct span *ret)
{
	size_t searched = 0;
	const char *newline;
	ssize_t n = 1;

	while (!(newline = memchr(l->buf + l->at + searched, '\n', l->end - l->at - searched)) && n > 0) {
		searched = l->end - l->at;
		n = read_more(l);
	}
	if (n < 0)
		return (int)n;
	if (!newline && l->at == l->end)
		return 0;
	/* The last line of a file may have no newline. */
	ret->p = l->buf + l->at;
	ret->end = newline ? newline : l->buf + l->end;
	l->at = newline ? (size_t)(newline + 1 - l->buf) : l->end;
	return 1;
}
