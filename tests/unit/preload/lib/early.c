/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A library whose constructor runs before the preload library's: it allocates, starts a thread, registers for fork. */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MiB (1024UL * 1024)

void *early_blocks[3];

static void *early_thread(void *arg)
{
	free(malloc(2 * MiB));
	return arg;
}

/* Registered first, so as a prepare handler it runs last, with the arena locked. */
static void on_fork(void)
{
	free(early_blocks[0]);
	early_blocks[0] = malloc(2 * MiB);
	free(malloc(100));
}

__attribute__((constructor)) static void allocate_early(void)
{
	pthread_t thread;

	pthread_atfork(on_fork, on_fork, on_fork);
	early_blocks[0] = malloc(2 * MiB);
	early_blocks[1] = calloc(1, 100);
	early_blocks[2] = realloc(malloc(10), 3 * MiB);
	memset(early_blocks[0], 1, 2 * MiB);
	if (pthread_create(&thread, NULL, early_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

__attribute__((destructor)) static void free_late(void)
{
	for (int i = 0; i < 3; i++)
		free(early_blocks[i]);
}
