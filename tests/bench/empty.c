/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An interposer that only passes calls on: the minimum cost of malloc(3) behind LD_PRELOAD. */

#include <dlfcn.h>
#include <stdlib.h>

static struct {
	void *(*malloc)(size_t size);
	void (*free)(void *p);
} real;

__attribute__((constructor)) static void find(void)
{
	real.malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	real.free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
}

void *malloc(size_t size)
{
	return real.malloc(size);
}

void free(void *p)
{
	real.free(p);
}
