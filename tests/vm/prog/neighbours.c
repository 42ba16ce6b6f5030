/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * neighbours: makes mappings of 2 MiB and of 64 KiB side by side, and writes to all of both; then moves both as one and
 * grows them to 4 MiB, and writes to the new part. Prints "ready", and waits for the end of its input.
 */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define SMALL (64UL << 10)

static char *map_at(char *p, size_t size)
{
	const int fixed = p ? MAP_FIXED : MAP_STACK; /* a rule binds no stacks */

	return mmap(p, size, p ? PROT_READ | PROT_WRITE : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0);
}

int main(void)
{
	char *room = map_at(NULL, 16 * MIB), *p = room + MIB, c;

	if (room == MAP_FAILED || map_at(p, 2 * MIB) != p || map_at(p + 2 * MIB, SMALL) != p + 2 * MIB)
		return 2;
	memset(p, 1, 2 * MIB + SMALL);
	p = mremap(p, 2 * MIB + SMALL, 4 * MIB, MREMAP_MAYMOVE);
	if (p == MAP_FAILED) {
		perror("mremap");
		return 1;
	}
	memset(p + 2 * MIB + SMALL, 1, 2 * MIB - SMALL);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return memchr(p, 0, 4 * MIB) ? 3 : 0;
}
