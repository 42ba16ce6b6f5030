/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The library's one lock. A child of a threaded process finds it free, and what it guards whole. */

#include "cdm-internal.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void take(void)
{
	pthread_mutex_lock(&mutex);
}

static void release(void)
{
	pthread_mutex_unlock(&mutex);
}

static void guard_forks(void)
{
	pthread_atfork(take, release, release);
}

void library_lock(void)
{
	pthread_once(&once, guard_forks);
	take();
}

void library_unlock(void)
{
	release();
}
