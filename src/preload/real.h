/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The program's own functions: those that its calls would reach without this library, either glibc's or those of an
 * allocator that the program brings.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct real {
	/* the functions that the common path calls, in one cache line */
	void *(*malloc)(size_t size);
	void (*free)(void *p);
	void *(*calloc)(size_t n, size_t size);
	void *(*realloc)(void *p, size_t size);

	int (*posix_memalign)(void **ret, size_t align, size_t size);
	void *(*aligned_alloc)(size_t align, size_t size);
	void *(*memalign)(size_t align, size_t size);
	void *(*valloc)(size_t size);
	void *(*pvalloc)(size_t size);
	size_t (*malloc_usable_size)(void *p);
	void *(*mmap)(void *p, size_t size, int prot, int flags, int fd, off_t offset);
	void *(*mremap)(void *p, size_t old_size, size_t size, int flags, ...);
	void *(*shmat)(int id, const void *address, int flags);
	int (*mprotect)(void *p, size_t size, int prot);
	int (*pkey_mprotect)(void *p, size_t size, int prot, int pkey);
	int (*prctl)(int option, ...);
	void *(*dlopen)(const char *file, int mode);
	int (*dlclose)(void *handle);
	int (*sigaction)(int sig, const struct sigaction *action, struct sigaction *ret_old);
	__sighandler_t (*signal)(int sig, __sighandler_t handler);
};

/* Callable at any time: until the functions are found, the entries point to stand-ins that find them. */
extern struct real real __attribute__((visibility("hidden"), aligned(64)));

/* Finds them. Does nothing if that is done already, or if it is called (indirectly) by itself. */
void real_resolve(void);

/*
 * Whether the program's malloc can tell the size of its blocks: malloc and malloc_usable_size are in the same object.
 */
bool real_has_usable_size(void);

/* Returns the load address of the object (program or library) that contains p, or NULL if none does. */
void *real_object_of(const void *p);

/* Blocks handed out while real_resolve() was running; they are never given back. */
bool real_is_early(const void *p);
size_t real_early_size(const void *p);
