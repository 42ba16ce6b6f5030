/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A program's own malloc, without malloc_usable_size(): each block behind its size, never given back. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char pool[64 << 20] __attribute__((aligned(16)));
static size_t used;

int own_malloc_has(const void *p)
{
	return (uintptr_t)p - (uintptr_t)pool < sizeof(pool);
}

static void *allocate(size_t size)
{
	size_t want, at;

	if (size > sizeof(pool)) {
		errno = ENOMEM;
		return NULL;
	}
	want = (size + 31) & ~(size_t)15;
	at = __atomic_fetch_add(&used, want, __ATOMIC_RELAXED);
	if (at + want > sizeof(pool)) {
		errno = ENOMEM;
		return NULL;
	}
	memcpy(pool + at, &size, sizeof(size));
	return pool + at + 16;
}

void *malloc(size_t size)
{
	return allocate(size);
}

void free(void *p)
{
	if (p && !own_malloc_has(p))
		abort();
}

void *calloc(size_t n, size_t size)
{
	return allocate(n * size);
}

void *realloc(void *p, size_t size)
{
	void *new = allocate(size);
	size_t old;

	if (p && !own_malloc_has(p))
		abort();
	if (p && new) {
		memcpy(&old, (char *)p - 16, sizeof(old));
		memcpy(new, p, old < size ? old : size);
	}
	return new;
}
