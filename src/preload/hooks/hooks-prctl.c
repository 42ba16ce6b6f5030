/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The naming of anonymous memory by prctl(2), PR_SET_VMA_ANON_NAME: a rule may allow by its name a mapping that no rule
 * allowed before.
 */

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#include "basic/cleanup.h"
#include "preload/bind.h"
#include "preload/self-maps.h"
#include "preload/preload.h"
#include "preload/real.h"
#include "preload/own-call.h"
#include "preload/sys.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#define NAME_SIZE 80 /* ANON_VMA_NAME_MAX_LEN, with the terminating null byte */

/* A range that was named. The arrays are indexed by is_exec: whether the rules were asked, and their answer. */
struct named {
	uintptr_t start, end;
	const char *name;
	const void *caller;
	bool is_asked[2];
	const struct placement_target *target[2];
};

/*
 * The kernel reads the name, since the address may be invalid: up to the end of its page, then what follows in the
 * next.
 */
static bool read_name(const char *from, char ret[NAME_SIZE])
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), here = page - (uintptr_t)from % page;
	struct iovec to = { ret, NAME_SIZE }, parts[2];
	int saved = errno;
	ssize_t n;

	if (here > NAME_SIZE)
		here = NAME_SIZE;
	parts[0] = (struct iovec){ (void *)(uintptr_t)from, here };
	parts[1] = (struct iovec){ (void *)((uintptr_t)from + here), NAME_SIZE - here };
	n = own_call(SYS_process_vm_readv, getpid(), &to, 1UL, parts, here < NAME_SIZE ? 2UL : 1UL, 0UL);
	errno = saved;
	return n > 0 && memchr(ret, '\0', (size_t)n);
}

/* The kernel's check (kernel/sys.c, is_valid_name_char()). */
static bool is_valid_name(const char *name)
{
	for (; *name; name++)
		if (*name <= 0x1f || *name >= 0x7f || strchr("\\`$[]", *name))
			return false;
	return true;
}

/* Whether this kernel keeps names (CONFIG_ANON_VMA_NAME); without, it refuses every name with EINVAL. */
static bool keeps_names(void)
{
	static int answer; /* 0: not asked yet */
	int saved = errno, r;
	size_t page;
	void *p;

	if (answer)
		return answer > 0;
	page = (size_t)sysconf(_SC_PAGESIZE);
	p = sys_mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r = p == MAP_FAILED ? 0 : (int)own_call(SYS_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, page, "cdm");
	if (p != MAP_FAILED) {
		munmap(p, page);
		answer = r == 0 ? 1 : -1;
	}
	errno = saved;
	return r == 0;
}

static bool bind_named(const struct mapping *m, void *arg)
{
	struct named *n = arg;
	uintptr_t start = m->start > n->start ? m->start : n->start, end = m->end < n->end ? m->end : n->end;

	if (m->start >= n->end || start >= end || !m->is_private_anonymous)
		return m->start < n->end;
	if (!n->is_asked[m->is_exec])
		n->target[m->is_exec] = preload_find_anon(n->end - n->start, m->is_exec, n->name, n->caller);
	n->is_asked[m->is_exec] = true;
	if (n->target[m->is_exec])
		(void)bind_private(n->target[m->is_exec], (void *)start, end - start, MPOL_MF_MOVE);
	return true;
}

/* Where the kernel keeps no names, a call that would have succeeded on another kernel counts too. */
_cold_ static void named(uintptr_t p, size_t size, const char *from, bool succeeded, const void *caller)
{
	struct named n = { .start = p, .caller = caller };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char name[NAME_SIZE];

	if ((!succeeded && keeps_names()) || p % page != 0 || !read_name(from, name) || !is_valid_name(name) ||
	    __builtin_add_overflow(p, (size + page - 1) & ~(page - 1), &n.end))
		return;
	n.name = name;
	maps_each(bind_named, &n);
}

_public_ int prctl(int option, ...)
{
	unsigned long a[4];
	va_list args;
	int r;

	va_start(args, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(args, unsigned long);
	va_end(args);
	r = real.prctl(option, a[0], a[1], a[2], a[3]);
	if (option == PR_SET_VMA && a[0] == PR_SET_VMA_ANON_NAME && a[3] && preload_may_allow(PLACEMENT_ANON, a[2]))
		named(a[1], a[2], (const char *)a[3], r == 0, CALLER);
	return r;
}
