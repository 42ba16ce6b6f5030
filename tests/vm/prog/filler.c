/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * filler MB: makes mappings that the kernel populates at once (MAP_POPULATE, MAP_LOCKED), a mapping that grows, and a
 * heap that grows. Prints "ready", and ends when its standard input ends.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1UL << 20)

static char *blocks[40];

static char *map(size_t size, int flags)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

int main(int argc, char **argv)
{
	const size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 4) * MIB;
	char *grown = map(4096, 0), c;

	/* Pages of zeroes may be dropped when the kernel moves them. */
	memset(map(size, MAP_POPULATE), 1, size);
	map(4 * MIB, MAP_LOCKED);
	grown = mremap(grown, 4096, 4 * MIB, MREMAP_MAYMOVE);
	if (grown == MAP_FAILED)
		return 1;
	memset(grown, 1, 4 * MIB);
	for (int i = 0; i < 40; i++) {
		blocks[i] = malloc(100000);
		memset(blocks[i], 1, 100000);
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
