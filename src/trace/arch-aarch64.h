/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define ARCH_AUDIT AUDIT_ARCH_AARCH64
#define ARCH_CALL_BYTES 4 /* svc #0 */
#define ARCH_CALL_CODE 0x01, 0x00, 0x00, 0xd4
#define ARCH_CALL_ALIGN 4
#define ARCH_CALL_REGISTER 8
#define ARCH_FORGETS 1

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

struct arch_regs {
	struct user_regs_struct u;
};

/*
 * The kernel keeps the first argument elsewhere (orig_x0) for calls that it restarts: x0 holds the result. When the
 * instruction makes a call anew, its number comes from x8 (el0_svc(), arch/arm64/kernel/syscall.c).
 */
static inline void arch_set_arg(struct arch_regs *regs, int i, uint64_t value)
{
	regs->u.regs[i] = value;
}

static inline void arch_load_at(struct arch_regs *regs, uint64_t at, const struct call *call)
{
	regs->u.pc = at;
	regs->u.regs[ARCH_CALL_REGISTER] = call->nr;
	for (int i = 0; i < CALL_ARGS; i++)
		arch_set_arg(regs, i, call->args[i]);
}

static inline void arch_load(struct arch_regs *regs, const struct call *call)
{
	arch_load_at(regs, regs->u.pc - ARCH_CALL_BYTES, call);
}

static inline void arch_set_value(struct arch_regs *regs, uint64_t value)
{
	regs->u.regs[0] = value;
}

static inline void arch_set_error(struct arch_regs *regs, int error)
{
	regs->u.regs[0] = (unsigned long long)(long long)error;
}

/* A call's number is in a register set of its own: after the entry, the kernel does not read x8 again. */
static inline int arch_set_call(pid_t tid, int nr)
{
	struct iovec iov = { .iov_base = &nr, .iov_len = sizeof(nr) };

	return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &iov) < 0 ? -errno : 0;
}

static inline int arch_refuse(pid_t tid, struct arch_regs *regs)
{
	arch_set_error(regs, -ENOSYS);
	return arch_set_call(tid, -1);
}

/* The kernel keeps the value that x0 had before the call where no register set shows it (orig_x0). */
static inline long arch_interrupted(const struct arch_regs *regs)
{
	return (long long)regs->u.regs[0] == -EINTR ? (long)regs->u.regs[ARCH_CALL_REGISTER] : -1;
}

static inline void arch_call_again(struct arch_regs *regs, const struct call *call)
{
	arch_load(regs, call);
}

static inline uint64_t arch_stack(const struct arch_regs *regs)
{
	return regs->u.sp;
}

static inline uint64_t arch_thread_pointer(pid_t tid, const struct arch_regs *regs)
{
	uint64_t pointer = 0;
	struct iovec iov = { .iov_base = &pointer, .iov_len = sizeof(pointer) };

	(void)regs;
	return ptrace(PTRACE_GETREGSET, tid, NT_ARM_TLS, &iov) < 0 ? 0 : pointer;
}
