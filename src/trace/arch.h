/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What of a thread's registers differs between architectures, one header each:
 *
 *     ARCH_AUDIT        the audit number of its own system calls
 *     struct arch_regs  the general registers, as PTRACE_GETREGSET with NT_PRSTATUS has them
 *     arch_load()       registers that make the thread run the system call instruction that it has just come from once
 *                       more, for another call
 *     arch_load_at()    the same with any such instruction: of ARCH_CALL_CODE, at a multiple of ARCH_CALL_ALIGN
 *     arch_set_arg()    one argument of the call that it is at the entry of, or comes from
 *     arch_set_error()  what the call that it comes from has failed with: a negative errno
 *     arch_set_value()  what it has succeeded with
 *     arch_interrupted()     the number of the call that has failed with EINTR, of a thread that is on its way out of
 *     it;
 *                            -1: none has
 *     ARCH_FORGETS           1: that may also be true of one that comes from a handler, and the first argument is lost
 *     arch_set_call()        where they forget: has the kernel hold a thread for one that is in a call; -1: in none
 *     arch_call_again()      has that call done once more: by the kernel, if no handler of a signal comes in between,
 *     or, where
 *                            the registers forget, in any case
 *     arch_stack()           its stack pointer
 *     arch_thread_pointer()  where libc keeps what is the thread's own: in the mapping of its stack, with glibc and
 *     musl
 *     arch_refuse()     as if the call that it is at the entry of were not known to the kernel
 *
 * Everything else that is asked of a call is the same everywhere: PTRACE_GET_SYSCALL_INFO.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CALL_ARGS 6

/*
 * Of the kernel (include/linux/errno.h): the call is to be made again, or, once a handler has run, to fail with EINTR.
 */
#define ARCH_ERESTARTNOHAND 514

/* A system call, as struct seccomp_data and PTRACE_GET_SYSCALL_INFO have it. */
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
