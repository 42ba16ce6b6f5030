/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <asm/ptrace.h>
#include <errno.h>
#include <linux/audit.h>

#define ARCH_AUDIT AUDIT_ARCH_PPC64LE
#define ARCH_CALL_BYTES 4                     /* sc, or scv 0 */
#define ARCH_CALL_CODE 0x02, 0x00, 0x00, 0x44 /* sc */
#define ARCH_CALL_ALIGN 4
#define ARCH_FIRST_ARG 3       /* r3 */
#define ARCH_THREAD_POINTER 13 /* r13: this far above the end of the data that libc keeps for a thread */
#define ARCH_THREAD_OFFSET 0x7000
#define ARCH_TRAP_SC 0xc00
#define ARCH_TRAP_SCV 0x3000                            /* TRAP_IS_SCV, arch/powerpc/include/asm/ptrace.h */
#define ARCH_CR0_SO 0x10000000UL                        /* set by sc in the condition register when a call fails */
#define ARCH_REGS_PAD (48 - sizeof(struct pt_regs) / 8) /* ELF_NGREG */
#define ARCH_FORGETS 0

struct arch_regs {
	struct pt_regs u;
	unsigned long pad[ARCH_REGS_PAD];
};

/* At a filter's stop the kernel takes the first argument from orig_gpr3 (do_seccomp(), arch/powerpc/kernel/ptrace). */
static inline void arch_set_arg(struct arch_regs *regs, int i, uint64_t value)
{
	regs->u.gpr[ARCH_FIRST_ARG + i] = value;
	if (i == 0)
		regs->u.orig_gpr3 = value;
}

/* Without the overflow bit nothing looks like a call that must be restarted (check_syscall_restart()). */
static inline void arch_load_at(struct arch_regs *regs, uint64_t at, const struct call *call)
{
	regs->u.nip = at;
	regs->u.ccr &= ~ARCH_CR0_SO;
	regs->u.gpr[0] = call->nr;
	for (int i = 0; i < CALL_ARGS; i++)
		arch_set_arg(regs, i, call->args[i]);
}

static inline void arch_load(struct arch_regs *regs, const struct call *call)
{
	arch_load_at(regs, regs->u.nip - ARCH_CALL_BYTES, call);
}

static inline void arch_set_value(struct arch_regs *regs, uint64_t value)
{
	regs->u.gpr[ARCH_FIRST_ARG] = value;
	if ((regs->u.trap & ~0xfUL) != ARCH_TRAP_SCV)
		regs->u.ccr &= ~ARCH_CR0_SO;
}

/* With scv a failure is a negative number, with sc a positive one and the summary overflow bit. */
static inline void arch_set_error(struct arch_regs *regs, int error)
{
	if ((regs->u.trap & ~0xfUL) == ARCH_TRAP_SCV) {
		regs->u.gpr[ARCH_FIRST_ARG] = (unsigned long)(long)error;
	} else {
		regs->u.gpr[ARCH_FIRST_ARG] = (unsigned long)(long)-error;
		regs->u.ccr |= ARCH_CR0_SO;
	}
}

/* The kernel itself refuses a number that no call has (system_call_exception()). */
static inline int arch_refuse(pid_t tid, struct arch_regs *regs)
{
	(void)tid;
	regs->u.gpr[0] = ~0UL;
	return 0;
}

static inline long arch_interrupted(const struct arch_regs *regs)
{
	const unsigned long trap = regs->u.trap & ~0xfUL;
	const long result = (long)regs->u.gpr[ARCH_FIRST_ARG];

	if (trap == ARCH_TRAP_SCV ? result == -EINTR : trap == ARCH_TRAP_SC && (regs->u.ccr & ARCH_CR0_SO) && result == EINTR)
		return (long)regs->u.gpr[0];
	return -1;
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
	return regs->u.gpr[1];
}

static inline uint64_t arch_thread_pointer(pid_t tid, const struct arch_regs *regs)
{
	(void)tid;
	return regs->u.gpr[ARCH_THREAD_POINTER] - ARCH_THREAD_OFFSET - 1;
}
