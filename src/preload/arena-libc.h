/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What jemalloc.syms gives jemalloc in the place of libc's, libm's and libgcc's functions. */

#include <sys/types.h>

struct arena_fork_handlers {
	void (*prepare)(void), (*parent)(void), (*child)(void);
};

/* jemalloc's own, once it is set up; the arena calls them from its handlers. */
extern struct arena_fork_handlers arena_fork_handlers __attribute__((visibility("hidden")));

void *jem_mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset);
int jem_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
char *jem_secure_getenv(const char *name);
ssize_t jem_readlink(const char *path, char *buf, size_t size);
double jem_log(double x);
double jem_exp(double x);
double jem_round(double x);
int jem_unwind_backtrace(void *step, void *data);
unsigned long jem_unwind_get_ip(void *context);
