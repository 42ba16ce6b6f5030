/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The functions of the C library that jemalloc calls, provided by the preload library. */

#include "arena-libc.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "gate.h"
#include "sys.h"

void (*arena_renew)(void);

/*
 * Maps jemalloc's metadata: never through our own mmap() hook, and never in huge pages. Where huge pages are enabled
 * for all processes, a few pages of metadata would otherwise become megabytes in every launched process.
 */
void *jem_mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *m = sys_mmap(p, size, prot, flags, fd, offset);

	if (m != MAP_FAILED)
		(void)madvise(m, size, MADV_NOHUGEPAGE);
	return m;
}

/*
 * jemalloc's fork handlers would hold its locks while other libraries' handlers run (gate.h): only the child's is
 * called.
 */
int jem_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	(void)prepare;
	(void)parent;
	arena_renew = child;
	return 0;
}

/* The gate has the only key for thread-specific data: a thread that ends must be counted while jemalloc cleans up. */
int jem_pthread_key_create(pthread_key_t *key, void (*cleanup)(void *value))
{
	(void)key;
	gate_set_cleanup(cleanup);
	return 0;
}

int jem_pthread_setspecific(pthread_key_t key, const void *value)
{
	(void)key;
	gate_set_value((void *)(uintptr_t)value);
	return 0;
}

/* MALLOC_CONF and /etc/malloc.conf are meant for the program's own jemalloc, if it has one. */
char *jem_secure_getenv(const char *name)
{
	(void)name;
	return NULL;
}

ssize_t jem_readlink(const char *path, char *buf, size_t size)
{
	(void)path;
	(void)buf;
	(void)size;
	errno = ENOENT;
	return -1;
}

/*
 * Only jemalloc's heap profiler calls these, and it is off. With these stubs the program needs neither libm nor libgcc.
 */
double jem_log(double x)
{
	return x;
}

double jem_exp(double x)
{
	return x;
}

double jem_round(double x)
{
	return x;
}

int jem_unwind_backtrace(void *step, void *data)
{
	(void)step;
	(void)data;
	return 0;
}

unsigned long jem_unwind_get_ip(void *context)
{
	(void)context;
	return 0;
}
