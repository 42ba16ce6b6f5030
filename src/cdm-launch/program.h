/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The program to be executed: its path, and whether the preload library can be loaded into it. */

#include "basic/error.h"

/* Nothing was started: the exit statuses of env(1), nohup(1) and the shell. */
enum exit_status {
	EXIT_LAUNCHER = 125,
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * Searches PATH like execvp(3). *ret is owned. On failure *ret_status is the exit status: EXIT_NOT_FOUND or
 * EXIT_CANNOT_EXECUTE.
 */
_must_use_ int program_find(const char *command, char **ret, int *ret_status, struct error *err);

/* How a program gets its memory. */
enum program_kind {
	PROGRAM_DYNAMIC, /* from libc, so a preload library can intercept it */
	PROGRAM_STATIC,
	PROGRAM_OTHER_LIBC, /* dynamic, with a loader other than glibc's (musl): the preload library needs glibc */
	PROGRAM_GO,         /* dynamic or not, its runtime asks the kernel directly */
	/* with AddressSanitizer in a library, which must be loaded first, and has its own allocator */
	PROGRAM_ASAN,
};

/*
 * Finds out the kind of a program; that of a script is its interpreter's. Refuses programs that no mode reaches: those
 * with set-user-ID, set-group-ID or file capabilities (the dynamic linker ignores LD_PRELOAD then: AT_SECURE, ld.so(8);
 * and a traced program does not get the privileges), and those for another machine or word size. Returns a negative
 * errno and one line.
 */
_must_use_ int program_check(const char *path, enum program_kind *ret, struct error *err);

/* The same for an open ELF file. */
_must_use_ int program_check_elf(int fd, const char *path, enum program_kind *ret, struct error *err);
