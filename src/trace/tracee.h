/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * ptrace(2) on one stopped thread. All functions return 0 or a negative errno; -ESRCH means that the thread was killed
 * while it was stopped, and wait(2) is about to report its end.
 */

#include "arch.h"

#include "basic/maps-line.h"
#include "basic/root.h"

#include <signal.h>
#include <sys/ptrace.h>

/* -ENOEXEC: the registers are those of another architecture, a 32-bit one. */
int tracee_regs(pid_t tid, struct arch_regs *ret);
int tracee_set_regs(pid_t tid, const struct arch_regs *regs);

/* The mask of blocked signals, in the kernel's form. */
int tracee_sigmask(pid_t tid, uint64_t *ret);
int tracee_set_sigmask(pid_t tid, uint64_t mask);

/* Read and write words in its memory, also where the thread itself may not write. */
int tracee_peek(pid_t tid, uint64_t at, unsigned long *ret);
int tracee_poke(pid_t tid, uint64_t at, const unsigned long *words, size_t n);

/* Tells where the thread is: at the entry of a call, at a filter's stop or at a call's exit. */
int tracee_call(pid_t tid, struct __ptrace_syscall_info *ret);

/*
 * Resumes it with a signal (0: none) until its next stop (PTRACE_CONT), or with `calls` also until a call
 * (PTRACE_SYSCALL).
 */
int tracee_resume(pid_t tid, bool calls, int sig);

/* Finds the thread's process, and the parent of that process. */
int tracee_identity(const struct root *root, pid_t tid, pid_t *ret_tgid, pid_t *ret_parent);

/* Whether everything that it can read is executable, by its personality (READ_IMPLIES_EXEC). */
bool tracee_reads_code(const struct root *root, pid_t tid);

/* Finds the mapping that contains the address; -ENOENT if there is none. */
int tracee_map(const struct root *root, pid_t tid, uint64_t at, struct mapping *ret);
