/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The functions behind the hooks, found when first called; requests that come before are served from a small pool. */

#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "chunk.h"
#include "sys.h"

/* Blocks for dlsym(3), in case it allocates; the size of each is stored before it. */
static char early[16384] __attribute__((aligned(16)));
static size_t early_used;

/*
 * The first call comes from the dynamic linker or a constructor, before there can be a second thread. It is volatile
 * because glibc declares dlsym() as a leaf function: the compiler assumes that it never calls back into this file.
 */
static volatile enum {
	UNRESOLVED,
	RESOLVING,
	RESOLVED
} state;

static void *early_alloc(size_t align, size_t size)
{
	uintptr_t base = (uintptr_t)early, p;
	size_t *header;

	if (align < 16)
		align = 16;
	p = (base + early_used + sizeof(size_t) + align - 1) & ~(uintptr_t)(align - 1);
	if (size > sizeof(early) || p - base > sizeof(early) - size) {
		errno = ENOMEM;
		return NULL;
	}
	owned_add(early, sizeof(early));
	early_used = p - base + size;
	header = (size_t *)(early + (p - base) - sizeof(size_t));
	*header = size;
	return early + (p - base);
}

bool real_is_early(const void *p)
{
	return (uintptr_t)p - (uintptr_t)early < sizeof(early);
}

size_t real_early_size(const void *p)
{
	return ((const size_t *)p)[-1];
}

/* The stand-ins: they resolve the functions and go on; while that is under way, they serve early blocks. ----------- */

static bool resolving(void)
{
	real_resolve();
	return state == RESOLVING;
}

static void *first_malloc(size_t size)
{
	return resolving() ? early_alloc(0, size) : real.malloc(size);
}

/* A foreign block cannot be freed here: its malloc would have been resolved before. */
static void first_free(void *p)
{
	if (!resolving())
		real.free(p);
}

static void *first_calloc(size_t n, size_t size)
{
	size_t total;

	if (!resolving())
		return real.calloc(n, size);
	if (__builtin_mul_overflow(n, size, &total))
		total = SIZE_MAX;
	return early_alloc(0, total);
}

static void *first_realloc(void *p, size_t size)
{
	void *moved;

	if (!resolving())
		return real.realloc(p, size);
	moved = early_alloc(0, size);
	if (moved && p)
		memcpy(moved, p, real_early_size(p) < size ? real_early_size(p) : size);
	return moved;
}

static int first_posix_memalign(void **ret, size_t align, size_t size)
{
	void *p;

	if (!resolving())
		return real.posix_memalign(ret, align, size);
	p = early_alloc(align, size);
	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

static void *first_aligned_alloc(size_t align, size_t size)
{
	return resolving() ? early_alloc(align, size) : real.aligned_alloc(align, size);
}

static void *first_memalign(size_t align, size_t size)
{
	return resolving() ? early_alloc(align, size) : real.memalign(align, size);
}

static void *first_valloc(size_t size)
{
	return resolving() ? early_alloc(4096, size) : real.valloc(size);
}

static void *first_pvalloc(size_t size)
{
	return resolving() ? early_alloc(4096, size) : real.pvalloc(size);
}

static size_t first_malloc_usable_size(void *p)
{
	return resolving() ? 0 : real.malloc_usable_size(p);
}

static void *first_mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	return resolving() ? sys_mmap(p, size, prot, flags, fd, offset) : real.mmap(p, size, prot, flags, fd, offset);
}

static void *first_mremap(void *p, size_t old_size, size_t size, int flags, ...)
{
	va_list args;
	void *to;

	va_start(args, flags);
	to = va_arg(args, void *);
	va_end(args);
	return resolving() ? sys_mremap(p, old_size, size, flags, to) : real.mremap(p, old_size, size, flags, to);
}

static void *first_shmat(int id, const void *address, int flags)
{
	return resolving() ? sys_shmat(id, address, flags) : real.shmat(id, address, flags);
}

static int first_mprotect(void *p, size_t size, int prot)
{
	return resolving() ? sys_mprotect(p, size, prot) : real.mprotect(p, size, prot);
}

static int first_pkey_mprotect(void *p, size_t size, int prot, int pkey)
{
	return resolving() ? (int)syscall(SYS_pkey_mprotect, p, size, prot, pkey) :
			     real.pkey_mprotect(p, size, prot, pkey);
}

static int first_prctl(int option, ...)
{
	unsigned long a[4];
	va_list args;

	va_start(args, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(args, unsigned long);
	va_end(args);
	return resolving() ? (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]) :
			     real.prctl(option, a[0], a[1], a[2], a[3]);
}

/* dlsym(3) neither opens nor closes libraries. */
static void *first_dlopen(const char *file, int mode)
{
	return resolving() ? NULL : real.dlopen(file, mode);
}

static int first_dlclose(void *handle)
{
	return resolving() ? -1 : real.dlclose(handle);
}

/* Nor does it handle signals. */
static int first_sigaction(int sig, const struct sigaction *action, struct sigaction *ret_old)
{
	return resolving() ? -1 : real.sigaction(sig, action, ret_old);
}

static __sighandler_t first_signal(int sig, __sighandler_t handler)
{
	return resolving() ? SIG_ERR : real.signal(sig, handler);
}

struct real real = {
	first_malloc,        first_free,     first_calloc,  first_realloc,   first_posix_memalign,
	first_aligned_alloc, first_memalign, first_valloc,  first_pvalloc,   first_malloc_usable_size,
	first_mmap,          first_mremap,   first_shmat,   first_mprotect,  first_pkey_mprotect,
	first_prctl,         first_dlopen,   first_dlclose, first_sigaction, first_signal,
};

/* Where this library begins and ends, by ld's names. */
extern const char __ehdr_start[] __attribute__((visibility("hidden"))), _end[] __attribute__((visibility("hidden")));

/*
 * Uses dlvsym(3), which is libc's own, with the versions of dlopen(3): since glibc 2.34; before that on aarch64 and
 * ppc64le; before that on x86-64.
 */
static void *in_libc(const char *name)
{
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
	void *(*open)(const char *, int), *found = NULL;

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]) && !found; i++)
		found = dlvsym(RTLD_NEXT, "dlopen", versions[i]);
	memcpy(&open, &found, sizeof(open));
	return open ? dlsym(open("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), name) : NULL;
}

/*
 * RTLD_NEXT is relative to the caller of dlsym(3). If another library has its own dlsym() that calls the real one,
 * instead of jumping to it, the next library may be this one.
 */
static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if ((uintptr_t)found - (uintptr_t)__ehdr_start < (uintptr_t)_end - (uintptr_t)__ehdr_start)
		found = in_libc(name);
	return found;
}

/* POSIX allows a void * from dlsym() to be a function's address; ISO C has no cast for it. */
#define FIND(to, name)                                        \
	do {                                                  \
		void *found_ = next(#name);                   \
		memcpy(&(to)->name, &found_, sizeof(found_)); \
	} while (0)

void real_resolve(void)
{
	struct real found;
	int saved = errno;

	if (state != UNRESOLVED)
		return;
	state = RESOLVING;
	FIND(&found, malloc);
	FIND(&found, free);
	FIND(&found, calloc);
	FIND(&found, realloc);
	FIND(&found, posix_memalign);
	FIND(&found, aligned_alloc);
	FIND(&found, memalign);
	FIND(&found, valloc);
	FIND(&found, pvalloc);
	FIND(&found, malloc_usable_size);
	FIND(&found, mmap);
	FIND(&found, mremap);
	FIND(&found, shmat);
	FIND(&found, mprotect);
	FIND(&found, pkey_mprotect);
	FIND(&found, prctl);
	FIND(&found, dlopen);
	FIND(&found, dlclose);
	FIND(&found, sigaction);
	FIND(&found, signal);
	real = found;
	state = RESOLVED;
	errno = saved;
}

void *real_object_of(const void *p)
{
	Dl_info info;

	return dladdr(p, &info) ? info.dli_fbase : NULL;
}

bool real_has_usable_size(void)
{
	void *size_from, *malloc_from;

	memcpy(&malloc_from, &real.malloc, sizeof(malloc_from));
	memcpy(&size_from, &real.malloc_usable_size, sizeof(size_from));
	return real_object_of(malloc_from) == real_object_of(size_from);
}
