/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "arena-libc.h"

#include <errno.h>
#include <sys/mman.h>

#include "sys.h"

struct arena_fork_handlers arena_fork_handlers;

/*
 * jemalloc's metadata: never through our own hook, and never in huge pages, which would make a few pages of it
 * megabytes in every launched process where they are on for everybody.
 */
void *jem_mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *m = sys_mmap(p, size, prot, flags, fd, offset);

	if (m != MAP_FAILED)
		(void)madvise(m, size, MADV_NOHUGEPAGE);
	return m;
}

/*
 * jemalloc is set up by the first device block, which may be late: libraries that registered before would then find
 * it locked in their prepare handlers, since those run in reverse order. So the arena registers at load time.
 */
int jem_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	arena_fork_handlers = (struct arena_fork_handlers){ prepare, parent, child };
	return 0;
}

/* MALLOC_CONF and /etc/malloc.conf are for the program's own jemalloc, if it has one. */
char *jem_secure_getenv(const char *name)
{
	(void)name;
	return NULL;
}

ssize_t jem_readlink(const char *path, char *buf, size_t size)
{
	(void)path, (void)buf, (void)size;
	errno = ENOENT;
	return -1;
}

/* Only jemalloc's heap profiler calls these, and it is off: they spare the program libm and libgcc. */
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
	(void)step, (void)data;
	return 0;
}

unsigned long jem_unwind_get_ip(void *context)
{
	(void)context;
	return 0;
}
