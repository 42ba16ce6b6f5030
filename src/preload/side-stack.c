/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a function on a stack of its own. */

#include "side-stack.h"

#include <errno.h>
#include <ucontext.h>

#include "sys.h"

#define STACK_SIZE (64UL << 10) /* jemalloc's set-up takes 15 KiB */

/* makecontext(3) passes nothing but ints. */
static struct side_call {
	void (*f)(void *arg);
	void *arg;
} next_call;

static void run(void)
{
	next_call.f(next_call.arg);
}

/* On aarch64 a context alone takes 4 KiB. */
struct side_stack {
	ucontext_t here, there;
	char stack[STACK_SIZE] __attribute__((aligned(16)));
};

static bool prepare(struct side_stack *s)
{
	if (getcontext(&s->there) < 0)
		return false;
	sys_all_signals(&s->there.uc_sigmask);
	s->there.uc_stack = (stack_t){ .ss_sp = s->stack, .ss_size = sizeof(s->stack) };
	s->there.uc_link = &s->here;
	makecontext(&s->there, run, 0);
	return true;
}

bool side_stack_call(void (*f)(void *arg), void *arg)
{
	struct side_stack *s = sys_mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int saved = errno;
	bool done;

	if (s == MAP_FAILED)
		return false;
	next_call = (struct side_call){ f, arg };
	done = prepare(s) && swapcontext(&s->here, &s->there) == 0;
	(void)munmap(s, sizeof(*s));
	errno = saved;
	return done;
}
