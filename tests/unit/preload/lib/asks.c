/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A library that allocates for others, and has variables. */

#include <stdlib.h>
#include <sys/mman.h>

char asks_table[64 * 4096] __attribute__((aligned(4096))) = { 1 };
char asks_zeroes[64 * 4096] __attribute__((aligned(4096)));

void *asks_malloc(size_t size);
void *asks_mmap(size_t size);

void *asks_malloc(size_t size)
{
	void *p = malloc(size);

	/* This prevents a tail call, so that malloc is called from here. */
	__asm__ volatile("" : "+r"(p));
	return p;
}

void *asks_mmap(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	__asm__ volatile("" : "+r"(p));
	return p;
}
