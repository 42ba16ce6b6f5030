/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The functions that jemalloc.syms gives jemalloc in place of those of libc, libm and libgcc. */

#include <pthread.h>
#include <sys/types.h>

/* jemalloc's handler for a forked child; NULL until jemalloc is set up. */
extern void (*arena_renew)(void) __attribute__((visibility("hidden")));

void *jem_mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset);
int jem_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int jem_pthread_key_create(pthread_key_t *key, void (*cleanup)(void *value));
int jem_pthread_setspecific(pthread_key_t key, const void *value);
char *jem_secure_getenv(const char *name);
ssize_t jem_readlink(const char *path, char *buf, size_t size);
double jem_log(double x);
double jem_exp(double x);
double jem_round(double x);
int jem_unwind_backtrace(void *step, void *data);
unsigned long jem_unwind_get_ip(void *context);
