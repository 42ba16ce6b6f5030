/* SPDX-License-Identifier: GPL-2.0-or-later */

/* press MB FILE: puts pressure on memory and page cache until it is killed: MB of heap, MB of FILE, repeatedly. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP (1UL << 20)

int main(int argc, char **argv)
{
	size_t mb = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	char *block = malloc(STEP);

	if (mb == 0 || !block)
		return 2;
	for (unsigned round = 0;; round++) {
		char *m = mmap(NULL, mb * STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		if (m == MAP_FAILED || fd < 0)
			return 1;
		for (size_t i = 0; i < mb; i++) {
			memset(m + i * STEP, (int)round, STEP);
			memset(block, (int)i, STEP);
			if (write(fd, block, STEP) != (ssize_t)STEP)
				break;
		}
		for (size_t i = 0; i < mb; i++)
			if (pread(fd, block, STEP, (off_t)(i * STEP)) <= 0)
				break;
		close(fd);
		munmap(m, mb * STEP);
	}
}
