/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* System calls straight to the kernel, for where the libc function is one that this library interposes. */

#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline void *sys_mmap(void *p, size_t size, int prot, int flags, int fd, off_t offset)
{
	return (void *)(intptr_t)syscall(SYS_mmap, p, size, prot, flags, fd, offset);
}

static inline void *sys_shmat(int id, const void *address, int flags)
{
	return (void *)(intptr_t)syscall(SYS_shmat, id, address, flags);
}

static inline void *sys_mremap(void *p, size_t old_size, size_t size, int flags, void *to)
{
	return (void *)(intptr_t)syscall(SYS_mremap, p, old_size, size, flags, to);
}
