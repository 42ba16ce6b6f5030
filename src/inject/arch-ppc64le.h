/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <asm/ptrace.h>
#include <linux/audit.h>

#define ARCH_AUDIT AUDIT_ARCH_PPC64LE
#define ARCH_CALL_BYTES 4                               /* sc, or scv 0 */
#define ARCH_FIRST_ARG 3                                /* r3 */
#define ARCH_TRAP_SCV 0x3000                            /* TRAP_IS_SCV, arch/powerpc/include/asm/ptrace.h */
#define ARCH_CR0_SO 0x10000000UL                        /* what sc sets in the condition register when a call fails */
#define ARCH_REGS_PAD (48 - sizeof(struct pt_regs) / 8) /* ELF_NGREG */

struct arch_regs {
	struct pt_regs u;
	unsigned long pad[ARCH_REGS_PAD];
};

static inline void arch_set_arg(struct arch_regs *regs, int i, uint64_t value)
{
	regs->u.gpr[ARCH_FIRST_ARG + i] = value;
}

static inline void arch_load(struct arch_regs *regs, const struct call *call)
{
	regs->u.nip -= ARCH_CALL_BYTES;
	regs->u.gpr[0] = call->nr;
	for (int i = 0; i < CALL_ARGS; i++)
		arch_set_arg(regs, i, call->args[i]);
}

static inline void arch_set_value(struct arch_regs *regs, uint64_t value)
{
	regs->u.gpr[ARCH_FIRST_ARG] = value;
	if ((regs->u.trap & ~0xfUL) != ARCH_TRAP_SCV)
		regs->u.ccr &= ~ARCH_CR0_SO;
}

/* By scv a failure is a negative number, by sc a positive one and the summary overflow bit. */
static inline void arch_set_error(struct arch_regs *regs, int error)
{
	if ((regs->u.trap & ~0xfUL) == ARCH_TRAP_SCV) {
		regs->u.gpr[ARCH_FIRST_ARG] = (unsigned long)(long)error;
	} else {
		regs->u.gpr[ARCH_FIRST_ARG] = (unsigned long)(long)-error;
		regs->u.ccr |= ARCH_CR0_SO;
	}
}

/* A number that no call has is refused by the kernel itself (system_call_exception()). */
static inline int arch_refuse(pid_t tid, struct arch_regs *regs)
{
	(void)tid;
	regs->u.gpr[0] = ~0UL;
	return 0;
}
