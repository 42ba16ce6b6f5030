/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A library that opens others, which only it finds: by its RUNPATH. */

#include <dlfcn.h>

void *opens_object(const char *name);

void *opens_object(const char *name)
{
	void *handle = dlopen(name, RTLD_NOW);

	/* This prevents a tail call, so that dlopen is called from here. */
	__asm__ volatile("" : "+r"(handle));
	return handle;
}
