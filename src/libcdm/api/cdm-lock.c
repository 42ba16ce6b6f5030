/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The library's one lock. A child of a threaded process finds it free, and what it guards whole. */

#include "cdm-internal.h"

#include <pthread.h>

/*
 * Who waits for the mutex stands in the gate meanwhile. A mutex alone goes to whoever comes first when it is free: most
 * often to the thread that has just released it and is back at once, for as long as it likes, while a fork() waits.
 */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A child gets both as they are, and of those who held them it has this thread alone. */
static void before_fork(void)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&mutex);
	pthread_mutex_unlock(&gate);
}

static void guard_forks(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

void library_lock(void)
{
	pthread_once(&once, guard_forks);
	pthread_mutex_lock(&gate);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&gate);
}

void library_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}
