/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every way to get memory, and whether it is bound. Static, with glibc and with musl. */

#include "victim.h"

#include <errno.h>

static char in_data[4 * MIB] = { 1 };
static char in_bss[4 * MIB];

static void mappings(void)
{
	char *big = map(4 * MIB, PROT_READ | PROT_WRITE, 0), *small = map(MIB - 1, PROT_READ | PROT_WRITE, 0);
	char *exact = map(MIB, PROT_READ | PROT_WRITE, 0), *none = map(2 * MIB, PROT_NONE, 0);
	char *stack = map(4 * MIB, PROT_READ | PROT_WRITE, MAP_STACK);
	char *shared = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	EXPECT_POLICY(big, BOUND);
	EXPECT_POLICY(big + 4 * MIB - 1, BOUND);
	EXPECT_POLICY(exact, BOUND);
	EXPECT_POLICY(none, BOUND);
	EXPECT_POLICY(small, "default");
	EXPECT_POLICY(stack, "default");
	EXPECT_POLICY(shared, "default");
	EXPECT_POLICY(in_data, "default");
	EXPECT_POLICY(in_bss, "default");
	EXPECT_POLICY(&big, "default");
	memset(big, 1, 4 * MIB);
	munmap(big, 4 * MIB);
	big = mmap(exact, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	EXPECT(big == exact);
	EXPECT_POLICY(big, BOUND);
}

static void failures(void)
{
	EXPECT(map(0, PROT_READ, 0) == MAP_FAILED && errno == EINVAL);
	EXPECT(map(1UL << 62, PROT_READ, 0) == MAP_FAILED && errno == ENOMEM);
	EXPECT(map(1UL << 62, PROT_READ, MAP_POPULATE) == MAP_FAILED && errno == ENOMEM);
	EXPECT(syscall(SYS_mmap, 4097L, MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == -1 &&
	       errno == EINVAL);
}

/* Returns how many bytes of a range are resident. */
static size_t resident(char *p, size_t size)
{
	return pages_there(p, size) * (size_t)sysconf(_SC_PAGESIZE);
}

static void filled(void)
{
	char *p = map(4 * MIB, PROT_READ | PROT_WRITE, MAP_POPULATE),
	     *q = map(4 * MIB, PROT_READ | PROT_WRITE, MAP_LOCKED);
	char *r = map(4 * MIB, PROT_NONE, MAP_POPULATE);

	EXPECT_POLICY(p, BOUND);
	EXPECT_POLICY(q, BOUND);
	EXPECT_POLICY(r, BOUND);
	EXPECT(resident(p, 4 * MIB) == 4 * MIB);
	EXPECT(resident(q, 4 * MIB) == 4 * MIB);
	EXPECT(resident(r, 4 * MIB) == 0);
	p[4 * MIB - 1] = 1;
	q[0] = 1;
}

static void growth(void)
{
	char *big = map(2 * MIB, PROT_READ | PROT_WRITE, 0), *small = map(8192, PROT_READ | PROT_WRITE, 0);
	char *own = map(8192, PROT_READ | PROT_WRITE, 0);
	char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long node = 1;

	small[8191] = 7;
	big = mremap(big, 2 * MIB, 4 * MIB, MREMAP_MAYMOVE);
	small = mremap(small, 8192, 2 * MIB, MREMAP_MAYMOVE);
	EXPECT_POLICY(big, BOUND);
	EXPECT_POLICY(big + 4 * MIB - 1, BOUND);
	EXPECT_POLICY(small, BOUND);
	EXPECT_POLICY(small + 2 * MIB - 1, BOUND);
	EXPECT(small[8191] == 7);
	small = mremap(small, 2 * MIB, 4096, 0);
	EXPECT_POLICY(small, BOUND);

	/* A range keeps a policy that the program set itself: MPOL_PREFERRED. */
	EXPECT(syscall(SYS_mbind, own, 8192, 1, &node, 2, 0) == 0);
	own = mremap(own, 8192, 2 * MIB, MREMAP_MAYMOVE);
	EXPECT_POLICY(own, "prefer:0");
	shared = mremap(shared, 8192, 2 * MIB, MREMAP_MAYMOVE);
	EXPECT_POLICY(shared, "default");
	EXPECT(mremap(own, 2 * MIB, 1UL << 46, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
}

#define SMALL (64UL << 10)
#define BOTH (2 * MIB + SMALL)

/*
 * Makes a mapping that the rule allows beside one that it does not, with equal rights: without the tracer the kernel
 * would merge them. Nothing is mapped after them.
 */
static char *map_neighbours(int big_first)
{
	char *p = (char *)map(16 * MIB, PROT_NONE, MAP_STACK) + 4 * MIB;
	const size_t first = big_first ? 2 * MIB : SMALL, second = BOTH - first;

	munmap(p, 8 * MIB);
	EXPECT(mmap(p + first, second, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + first);
	EXPECT(mmap(p, first, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	memset(p, 3, BOTH);
	EXPECT_POLICY(p, big_first ? BOUND : "default");
	EXPECT_POLICY(p + BOTH - 1, big_first ? "default" : BOUND);
	return p;
}

/*
 * Moves both to any address, to a given address, and grows them in place; finally a call that the kernel refuses
 * anyway.
 */
static void neighbours(int big_first)
{
	char *p = map_neighbours(big_first), *to = map(8 * MIB, PROT_NONE, MAP_STACK);

	p = mremap(p, BOTH, 12 * MIB, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && p[0] == 3 && p[BOTH - 1] == 3);
	EXPECT_POLICY(p, BOUND);
	EXPECT_POLICY(p + BOTH - 1, BOUND);
	EXPECT_POLICY(p + 12 * MIB - 1, BOUND);
	p = map_neighbours(big_first);
	EXPECT(mremap(p, BOTH, BOTH, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	EXPECT(to[0] == 3 && to[BOTH - 1] == 3);
	EXPECT_POLICY(to + MIB, BOUND);
	EXPECT_POLICY(to + BOTH, "default");
	p = map_neighbours(big_first);
	EXPECT(mremap(p, BOTH, MIB / 2, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	EXPECT(to[0] == 3 && to[MIB / 2 - 1] == 3);
	EXPECT_POLICY(to + MIB / 4, BOUND);
	p = map_neighbours(big_first);
	EXPECT(mremap(p, BOTH, 3 * MIB, 0) == p && p[0] == 3 && p[BOTH - 1] == 3 && p[3 * MIB - 1] == 0);
	EXPECT_POLICY(p, BOUND);
	EXPECT_POLICY(p + 3 * MIB - 1, BOUND);
	p = map_neighbours(big_first);
	EXPECT(mprotect(p + BOTH - SMALL, SMALL, PROT_READ) == 0);
	EXPECT(mremap(p, BOTH, 4 * MIB, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT && p[0] == 3);
}

static void *brk_to(void *p)
{
	return (void *)syscall(SYS_brk, p);
}

/* Calls the kernel directly, since musl's sbrk() refuses. Grows by a little, by much, and back. */
static void heap(const char *policy)
{
	char *start = brk_to(NULL), *p = start;

	for (int i = 0; i < 8; i++) {
		EXPECT((char *)brk_to(p + 100000) == p + 100000);
		memset(p, i + 1, 100000);
		p += 100000;
		EXPECT_POLICY(p - 1, policy);
		EXPECT_POLICY(p - 50000, policy);
	}
	for (int i = 0; i < 8; i++)
		EXPECT(start[i * 100000] == i + 1 && start[i * 100000 + 99999] == i + 1);
	EXPECT((char *)brk_to(start + 4096) == start + 4096);
	EXPECT((char *)brk_to(start + 3 * MIB) == start + 3 * MIB);
	EXPECT_POLICY(start + 3 * MIB - 1, policy);
	EXPECT_POLICY(start + 8192, policy);
}

static void blocks(void)
{
	char *p = malloc(3 * MIB);

	memset(p, 1, 3 * MIB);
	EXPECT_POLICY(p + 4096, BOUND);
	free(p);
	p = calloc(6, MIB);
	EXPECT_POLICY(p + 5 * MIB, BOUND);
	free(p);
}

int main(int argc, char **argv)
{
	mappings();
	failures();
	filled();
	growth();
	neighbours(0);
	neighbours(1);
	heap(argc > 1 && strcmp(argv[1], "heap") == 0 ? BOUND : "default");
	blocks();
	return 0;
}
