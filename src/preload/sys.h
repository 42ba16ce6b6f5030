/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* System calls made directly, for where this library interposes the libc function. */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/personality.h>
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

static inline int sys_mprotect(void *p, size_t size, int prot)
{
	return (int)syscall(SYS_mprotect, p, size, prot);
}

/* Whether memory with these rights is executable. With READ_IMPLIES_EXEC set, all readable memory is (do_mmap()). */
static inline bool sys_is_exec(int prot)
{
	return (prot & PROT_EXEC) || ((prot & PROT_READ) && (syscall(SYS_personality, 0xffffffffUL) & READ_IMPLIES_EXEC));
}

/*
 * All signals that can wait. SIGSYS cannot: if a seccomp filter answers a call with it, and it is blocked, the process
 * is killed (force_sig()).
 */
static inline void sys_all_signals(sigset_t *ret)
{
	(void)sigfillset(ret);
	(void)sigdelset(ret, SIGSYS);
}

/*
 * Writes "BEFORE N AFTER" without the blanks, cut to size: snprintf(3) takes more stack than a thread may have left.
 * size is not 0.
 */
static inline void sys_put_number(char *to, size_t size, const char *before, unsigned n, const char *after)
{
	char digits[16] = { 0 };
	size_t first = sizeof(digits) - 1;
	const char *const parts[] = { before, digits, after };

	do {
		digits[--first] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	for (unsigned i = 0; i < 3; i++)
		for (const char *p = parts[i] == digits ? digits + first : parts[i]; *p && size > 1; size--)
			*to++ = *p++;
	*to = '\0';
}
