/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <errno.h>
#include <linux/audit.h>
#include <sys/user.h>

#define ARCH_AUDIT AUDIT_ARCH_X86_64
#define ARCH_CALL_BYTES 2 /* syscall */
#define ARCH_CALL_CODE 0x0f, 0x05
#define ARCH_CALL_ALIGN 1
#define ARCH_FORGETS 0

struct arch_regs {
	struct user_regs_struct u;
};

static inline void arch_set_arg(struct arch_regs *regs, int i, uint64_t value)
{
	unsigned long long *const args[CALL_ARGS] = { &regs->u.rdi, &regs->u.rsi, &regs->u.rdx,
						      &regs->u.r10, &regs->u.r8,  &regs->u.r9 };

	*args[i] = value;
}

/* orig_rax: with -1 there is no call that signal handling could restart (arch/x86/kernel/signal.c). */
static inline void arch_load_at(struct arch_regs *regs, uint64_t at, const struct call *call)
{
	regs->u.rip = at;
	regs->u.rax = call->nr;
	regs->u.orig_rax = ~0ULL;
	for (int i = 0; i < CALL_ARGS; i++)
		arch_set_arg(regs, i, call->args[i]);
}

static inline void arch_load(struct arch_regs *regs, const struct call *call)
{
	arch_load_at(regs, regs->u.rip - ARCH_CALL_BYTES, call);
}

static inline void arch_set_value(struct arch_regs *regs, uint64_t value)
{
	regs->u.rax = value;
}

static inline void arch_set_error(struct arch_regs *regs, int error)
{
	regs->u.rax = (unsigned long long)(long long)error;
}

static inline int arch_refuse(pid_t tid, struct arch_regs *regs)
{
	(void)tid;
	regs->u.orig_rax = ~0ULL;
	arch_set_error(regs, -ENOSYS);
	return 0;
}

static inline long arch_interrupted(const struct arch_regs *regs)
{
	return (long long)regs->u.rax == -EINTR ? (long)regs->u.orig_rax : -1;
}

static inline int arch_set_call(pid_t tid, int nr)
{
	(void)tid;
	(void)nr;
	return 0;
}

static inline void arch_call_again(struct arch_regs *regs, const struct call *call)
{
	(void)call;
	arch_set_error(regs, -ARCH_ERESTARTNOHAND);
}

static inline uint64_t arch_stack(const struct arch_regs *regs)
{
	return regs->u.rsp;
}

static inline uint64_t arch_thread_pointer(pid_t tid, const struct arch_regs *regs)
{
	(void)tid;
	return regs->u.fs_base;
}
