/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stands in front and makes every dlsym() allocate, as profilers and old C libraries do; some of it is freed later. */

#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *dlsym_blocks[3];

void *dlsym(void *handle, const char *name)
{
	static void *(*real)(void *, const char *);
	void *found;

	if (!real) {
		found = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");

		if (!found)
			found = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
		memcpy(&real, &found, sizeof(real));
	}
	if (!dlsym_blocks[0]) {
		dlsym_blocks[0] = malloc(100);
		dlsym_blocks[1] = calloc(10, 10);
		dlsym_blocks[2] = realloc(realloc(NULL, 20), 200);
		memset(dlsym_blocks[0], 1, 100);
		memset(dlsym_blocks[2], 2, malloc_usable_size(dlsym_blocks[2]));
	}
	free(malloc(50));
	found = real(handle, name);
	/* This prevents a tail call: the real dlsym must take this library for its caller. */
	__asm__ volatile("" : "+r"(found));
	return found;
}
