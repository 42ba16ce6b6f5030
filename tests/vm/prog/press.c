/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * press MB FILE: puts pressure on memory and page cache until it is killed. It has MB of heap and MB of FILE, and frees
 * and refills one piece after the other, since the kernel chooses a node only for new pages.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP (2UL << 20) /* a huge page: if half of one were freed, it would stay until the kernel splits the page */

int main(int argc, char **argv)
{
	size_t size = argc == 3 ? strtoul(argv[1], NULL, 10) / 2 * STEP : 0;
	char *block = malloc(STEP), *m = aligned_alloc(STEP, size);
	int fd = size > 0 ? open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (!block || !m || fd < 0)
		return 2;
	for (unsigned round = 0;; round++) {
		for (size_t at = 0; at < size; at += STEP) {
			madvise(m + at, STEP, MADV_DONTNEED);
			memset(m + at, (int)round, STEP);
			fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, STEP);
			memset(block, (int)(at / STEP), STEP);
			if (pwrite(fd, block, STEP, (off_t)at) != (ssize_t)STEP ||
			    pread(fd, block, STEP, (off_t)at) != (ssize_t)STEP)
				return 1;
		}
	}
}
