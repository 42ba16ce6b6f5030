/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The library's one lock. After fork() in a threaded process the child finds it free and the data consistent. */

#include "cdm-internal.h"

#include <pthread.h>

/*
 * A thread holds the gate while it waits for the mutex, which makes the lock fair. With the mutex alone, a thread that
 * releases it and locks it again at once usually wins each time, and a fork() in another thread could wait forever.
 */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The child inherits both mutexes in their state but only this thread, so this thread must hold them at fork(). */
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
