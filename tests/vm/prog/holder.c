/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * holder: a program with memory of every kind, each byte of it known. It allocates, prints "ready", and then takes
 * commands from standard input, one a line:
 *   more    allocates another round of blocks
 *   check   prints "intact", or names the damaged block and exits with 1
 *   quit    ends it, like the end of input
 * The output is the same wherever the memory is.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MIB (1UL << 20)

struct block {
	const char *kind;
	unsigned char *p;
	size_t size;
	uint32_t seed;
};

static struct block blocks[4096];
static size_t n_blocks;
static unsigned char in_data[64 * 1024] = { 1 };

static unsigned char byte_at(uint32_t seed, size_t i)
{
	return (unsigned char)((i * 2654435761u + seed) >> 13);
}

static void hold(const char *kind, void *p, size_t size)
{
	struct block *b = &blocks[n_blocks];

	if (!p || p == MAP_FAILED) {
		printf("no memory for %s\n", kind);
		exit(1);
	}
	*b = (struct block){ kind, p, size, (uint32_t)n_blocks++ * 977 };
	for (size_t i = 0; i < size; i++)
		b->p[i] = byte_at(b->seed, i);
}

static void *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Blocks that the default rules allow, beside blocks that they do not. */
static void round_of_blocks(void)
{
	hold("malloc 4M", malloc(4 * MIB), 4 * MIB);
	hold("anon 4M", map(4 * MIB), 4 * MIB);
	hold("malloc 1M", malloc(MIB), MIB);
	for (int i = 0; i < 64; i++)
		hold("malloc 4K", malloc(4096), 4096);
	hold("malloc 512K", malloc(512 * 1024), 512 * 1024);
	hold("anon 256K", map(256 * 1024), 256 * 1024);
}

static int check(void)
{
	for (size_t n = 0; n < n_blocks; n++)
		for (size_t i = 0; i < blocks[n].size; i++)
			if (blocks[n].p[i] != byte_at(blocks[n].seed, i)) {
				printf("block %zu (%s) is damaged at byte %zu\n", n, blocks[n].kind, i);
				return 1;
			}
	puts("intact");
	return 0;
}

int main(void)
{
	unsigned char on_stack[64 * 1024];
	char line[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	hold("data", in_data, sizeof(in_data));
	hold("stack", on_stack, sizeof(on_stack));
	round_of_blocks();
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "more\n") == 0) {
			round_of_blocks();
			puts("more");
		} else if (strcmp(line, "check\n") == 0) {
			if (check())
				return 1;
		} else if (strcmp(line, "quit\n") == 0) {
			break;
		}
	}
	return check();
}
