/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * For the programs that are traced by tests/unit/trace.c: they ask the kernel itself where their memory is bound, and
 * report errors on standard error. Rules: "anon,min=1M", and "heap" where they examine it.
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define BOUND "interleave=static:0"

/* Returns the policy that numa_maps shows at an address. */
static inline const char *policy_at(const void *p)
{
	static __thread char policy[64];
	char line[4096];
	FILE *f = fopen("/proc/self/numa_maps", "r");
	unsigned long start;
	char word[64];

	snprintf(policy, sizeof(policy), "none");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "%lx %63s", &start, word) == 2 &&
	       start <= (unsigned long)p)
		memcpy(policy, word, sizeof(word));
	if (f)
		fclose(f);
	return policy;
}

/* Whether the mapping has a policy, found without allocating: get_mempolicy(2) reports static nodes (0x8000) then. */
static inline int is_bound(const void *p)
{
	int mode = -1;

	syscall(SYS_get_mempolicy, &mode, NULL, 0UL, p, 2UL /* MPOL_F_ADDR */);
	return mode >= 0 && (mode & 0x8000);
}

static inline void *map(size_t size, int prot, int flags)
{
	return mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* Returns how many pages of a range exist: at most 32 MiB, in the smallest pages. */
static inline size_t pages_there(void *p, size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char in[8192];
	size_t n = 0;

	if (mincore(p, size, in) < 0)
		return (size_t)-1;
	for (size_t i = 0; i < size / page; i++)
		n += in[i] & 1;
	return n;
}

/* For programs that are attached to: prints where their memory is. */
static inline void say_ready(const void *big, const void *small)
{
	char text[64];
	const int n = snprintf(text, sizeof(text), "ready %p %p\n", big, small);

	/* Does not use stdio, which may make calls that the filter forbids. */
	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		_exit(100);
}

#define EXPECT(cond)                                                                               \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "# %s:%d: check failed: %s\n", __FILE__, __LINE__, #cond); \
			_exit(100);                                                                \
		}                                                                                  \
	} while (0)

#define EXPECT_POLICY(p, wanted)                                                                                    \
	do {                                                                                                        \
		const char *policy_ = policy_at(p);                                                                 \
		if (strcmp(policy_, (wanted)) != 0) {                                                               \
			fprintf(stderr, "# %s:%d: %s has %s, not %s\n", __FILE__, __LINE__, #p, policy_, (wanted)); \
			_exit(100);                                                                                 \
		}                                                                                                   \
	} while (0)
