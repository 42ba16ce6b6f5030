/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * malloc-bench PATTERN MIN MAX: nanoseconds for one malloc and one free of MIN to MAX bytes, the first byte written.
 * pair frees at once; ring keeps 1024 blocks alive and frees the oldest; vmas keeps 10,000 blocks and prints how many
 * VMAs have a policy.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RING 1024
#define BLOCKS 10000
#define ROUNDS 60
#define ROUND_NS 3000000.0

static size_t sizes[RING];
static void *blocks[BLOCKS];

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void choose_sizes(size_t min, size_t max)
{
	uint32_t seed = 1;

	for (int i = 0; i < RING; i++) {
		seed = seed * 1664525 + 1013904223;
		sizes[i] = min + (seed >> 8) % (max - min + 1);
	}
}

static void pair(void)
{
	for (int i = 0; i < RING; i++) {
		void *p = malloc(sizes[i]);

		*(volatile char *)p = 1;
		free(p);
	}
}

static void ring(void)
{
	for (int i = 0; i < RING; i++) {
		free(blocks[i]);
		blocks[i] = malloc(sizes[i]);
		*(volatile char *)blocks[i] = 1;
	}
}

/* Takes the fastest of many short rounds: the others were slowed down by something other than malloc. */
static double measure(void (*pass)(void))
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns(), spent;
		long passes = 0;

		do {
			pass();
			passes++;
			spent = now_ns() - start;
		} while (spent < ROUND_NS);
		if (spent / (double)(passes * RING) < best)
			best = spent / (double)(passes * RING);
	}
	return best;
}

static int count_vmas(void)
{
	FILE *f = fopen("/proc/self/numa_maps", "re");
	char line[4096];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "static") != NULL;
	if (f)
		fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	choose_sizes(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	if (strcmp(argv[1], "pair") == 0) {
		printf("%.2f\n", measure(pair));
	} else if (strcmp(argv[1], "ring") == 0) {
		printf("%.2f\n", measure(ring));
	} else if (strcmp(argv[1], "vmas") == 0) {
		for (int i = 0; i < BLOCKS; i++) {
			blocks[i] = malloc(sizes[i % RING]);
			*(volatile char *)blocks[i] = 1;
		}
		printf("%d\n", count_vmas());
	} else {
		return 2;
	}
	return 0;
}
