/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * ptrace(2), of one stopped thread. All return 0 or a negative errno; -ESRCH is a thread that was killed while it
 * was stopped, whose end wait(2) is about to report.
 */

#include "arch.h"

#include "basic/root.h"

#include <signal.h>
#include <sys/ptrace.h>

/* -ENOEXEC: they are of another architecture, a 32-bit one. */
int tracee_regs(pid_t tid, struct arch_regs *ret);
int tracee_set_regs(pid_t tid, const struct arch_regs *regs);

/* The mask of blocked signals, as the kernel has it. */
int tracee_sigmask(pid_t tid, uint64_t *ret);
int tracee_set_sigmask(pid_t tid, uint64_t mask);

/* Words in its memory. Also where it may not write itself. */
int tracee_peek(pid_t tid, uint64_t at, unsigned long *ret);
int tracee_poke(pid_t tid, uint64_t at, const unsigned long *words, size_t n);

/* What it is doing: a call at its entry, at a filter's stop or at its exit. */
int tracee_call(pid_t tid, struct __ptrace_syscall_info *ret);

/* Goes on with a signal (0: none) until what stops it next (PTRACE_CONT) or also at calls (PTRACE_SYSCALL). */
int tracee_resume(pid_t tid, bool calls, int sig);

/* The process that it is a thread of, and that one's parent. */
int tracee_identity(const struct root *root, pid_t tid, pid_t *ret_tgid, pid_t *ret_parent);

/* Whether all that it can read is executable, by its personality (READ_IMPLIES_EXEC). */
bool tracee_reads_code(const struct root *root, pid_t tid);

/* A mapping of its memory. */
struct tracee_map {
	uint64_t start, end;
	bool is_private_anonymous, is_heap, is_exec;
};

/* The one that holds the address: -ENOENT there is none. */
int tracee_map(const struct root *root, pid_t tid, uint64_t at, struct tracee_map *ret);
