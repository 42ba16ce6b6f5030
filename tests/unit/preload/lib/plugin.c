/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A plug-in that frees, and changes, what its host has allocated. */

#include <stdlib.h>

void *plugin_grow(void *p, size_t size);
void plugin_free(void *p);

void *plugin_grow(void *p, size_t size)
{
	p = realloc(p, size);

	/* This prevents a tail call, so that realloc is called from here. */
	__asm__ volatile("" : "+r"(p));
	return p;
}

void plugin_free(void *p)
{
	free(p);
}
