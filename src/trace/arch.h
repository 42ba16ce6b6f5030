/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What differs between architectures in a thread's registers, one header each:
 *
 *     ARCH_AUDIT             the audit number of the architecture's own system calls
 *     struct arch_regs       the general registers, as PTRACE_GETREGSET with NT_PRSTATUS returns them
 *     arch_load()            sets registers that make the thread repeat the system call instruction that it has just
 *                            executed, for another call
 *     arch_load_at()         the same with any such instruction: ARCH_CALL_CODE, at a multiple of ARCH_CALL_ALIGN
 *     arch_set_arg()         sets one argument of the call that the thread enters, or returns from
 *     arch_set_error()       sets the error, a negative errno, of the call that the thread returns from
 *     arch_set_value()       sets the result of that call
 *     arch_interrupted()     the number of the call that failed with EINTR and that the thread returns from, or -1
 *     ARCH_FORGETS           1: a thread that comes from a handler may look the same, and the first argument is lost
 *     arch_set_call()        with ARCH_FORGETS: makes the kernel believe that the thread is in this call; -1: in none
 *     arch_call_again()      has that call made once more: by the kernel, if no signal handler runs in between; with
 *                            ARCH_FORGETS in any case
 *     arch_stack()           the stack pointer
 *     arch_thread_pointer()  where libc keeps the data of the thread: in the mapping of its stack, with glibc and musl
 *     arch_refuse()          makes the call that the thread enters fail as if the kernel did not know it
 *
 * Everything else about a call is the same on all architectures: PTRACE_GET_SYSCALL_INFO.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CALL_ARGS 6

/* A kernel-internal error (include/linux/errno.h): the call is made again, or fails with EINTR if a handler has run. */
#define ARCH_ERESTARTNOHAND 514

/* A system call, as struct seccomp_data and PTRACE_GET_SYSCALL_INFO describe it. */
struct call {
	uint64_t nr;
	uint64_t args[CALL_ARGS];
};

#if defined(__x86_64__) && defined(__LP64__)
#include "arch-x86_64.h"
#elif defined(__aarch64__) && defined(__LP64__)
#include "arch-aarch64.h"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#include "arch-ppc64le.h"
#else
#include "arch-none.h"
#endif
