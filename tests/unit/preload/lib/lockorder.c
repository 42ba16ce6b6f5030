/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A library that holds its lock across fork(2), as POSIX advises, and allocates under it. Its fork handlers come first.
 */

#include <pthread.h>
#include <stdlib.h>

void lockorder_work(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void take(void)
{
	pthread_mutex_lock(&lock);
}

static void give(void)
{
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void be_first(void)
{
	pthread_atfork(take, give, give);
}

void lockorder_work(void)
{
	char *p;

	pthread_mutex_lock(&lock);
	p = malloc(3UL << 20);
	if (p)
		*p = 1;
	free(p);
	pthread_mutex_unlock(&lock);
}
