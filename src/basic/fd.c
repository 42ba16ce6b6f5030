/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whole reads and writes on a file descriptor, for files of the kernel and for files of ours. */

#include "fd.h"

#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>

static int read_until(int fd, bool line, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *buf = NULL;
	size_t len = 0, size = 0;

	for (;;) {
		ssize_t n;

		/*
		 * Room for a byte and the NUL. Kernel files do not tell their size, so the buffer grows until nothing
		 * more comes.
		 */
		if (size - len < 2) {
			char *grown = realloc(buf, size ? size * 2 : 4096);

			if (!grown)
				return -ENOMEM;
			buf = grown;
			size = size ? size * 2 : 4096;
		}
		n = read(fd, buf + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
		if (line && buf[len - 1] == '\n')
			break;
	}
	buf[len] = '\0';
	*ret = TAKE_PTR(buf);
	if (ret_len)
		*ret_len = len;
	return 0;
}

int fd_read(int fd, size_t max, char **ret, size_t *ret_len)
{
	return read_until(fd, false, max, ret, ret_len);
}

int fd_read_line(int fd, size_t max, char **ret, size_t *ret_len)
{
	return read_until(fd, true, max, ret, ret_len);
}

int fd_write(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}
