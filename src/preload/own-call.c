/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* System calls of the library's own, told apart from those of the program. */

#include "own-call.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fill.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code; <asm/siginfo.h> conflicts with <signal.h> */
#endif

/* What a thread has under way. A signal handler that comes in between may make calls of both kinds. */
struct own {
	enum {
		NONE,
		CALL, /* with this number */
		ANY
	} kind;
	long nr;
	bool is_trapped;
};
static __thread struct own own;

static struct own begin(struct own wanted)
{
	const struct own before = own;

	own = wanted;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return before;
}

static bool end(struct own before)
{
	bool is_trapped;

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	is_trapped = own.is_trapped;
	own = before;
	return is_trapped;
}

long own_call(long nr, ...)
{
	const struct own before = begin((struct own){ .kind = CALL, .nr = nr });
	unsigned long a[6];
	va_list args;
	long r;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, unsigned long);
	va_end(args);
	r = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (!end(before))
		return r;
	errno = EPERM;
	return -1;
}

int own_fill(void *p, size_t size, int advice, const struct nodeset *nodes)
{
	const struct own before = begin((struct own){ .kind = ANY });
	int r = fill_pages(p, size, advice, nodes);

	return end(before) ? -EPERM : r;
}

bool own_call_is_trapped(const siginfo_t *info)
{
	if (info->si_code != SYS_SECCOMP || own.kind == NONE || (own.kind == CALL && own.nr != info->si_syscall))
		return false;
	own.is_trapped = true;
	return true;
}
