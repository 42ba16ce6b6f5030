/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An architecture whose registers are not described here: trace_start() refuses it. */

#define ARCH_AUDIT 0
#define ARCH_CALL_BYTES 1
#define ARCH_CALL_CODE 0
#define ARCH_CALL_ALIGN 1
#define ARCH_FORGETS 0

struct arch_regs {
	uint64_t none;
};

static inline void arch_set_arg(struct arch_regs *regs, int i, uint64_t value)
{
	(void)regs;
	(void)i;
	(void)value;
}

static inline void arch_load_at(struct arch_regs *regs, uint64_t at, const struct call *call)
{
	(void)regs;
	(void)at;
	(void)call;
}

static inline void arch_load(struct arch_regs *regs, const struct call *call)
{
	(void)regs;
	(void)call;
}

static inline void arch_set_value(struct arch_regs *regs, uint64_t value)
{
	(void)regs;
	(void)value;
}

static inline void arch_set_error(struct arch_regs *regs, int error)
{
	(void)regs;
	(void)error;
}

static inline int arch_refuse(pid_t tid, struct arch_regs *regs)
{
	(void)tid;
	(void)regs;
	return 0;
}

static inline long arch_interrupted(const struct arch_regs *regs)
{
	(void)regs;
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
	(void)regs;
	(void)call;
}

static inline uint64_t arch_stack(const struct arch_regs *regs)
{
	(void)regs;
	return 0;
}

static inline uint64_t arch_thread_pointer(pid_t tid, const struct arch_regs *regs)
{
	(void)tid;
	(void)regs;
	return 0;
}
