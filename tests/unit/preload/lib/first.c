/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Linked with -z initfirst: its constructor runs before all others, libc's too. */

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void allocate_first(void)
{
	if (environ)
		abort(); /* libc was initialized first: this library would test nothing */
	free(malloc(2UL << 20));
	free(calloc(1, 100));
}
