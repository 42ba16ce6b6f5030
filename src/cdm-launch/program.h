/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The program to be run: where it is, and whether the preload library can live in it. */

#include "basic/error.h"

/* Nothing was started; the exit statuses of env(1), nohup(1) and the shell. */
enum exit_status {
	EXIT_LAUNCHER = 125,
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * Searches PATH as execvp(3) does. *ret is owned. On failure *ret_status says which exit status it is worth:
 * EXIT_NOT_FOUND or EXIT_CANNOT_EXECUTE.
 */
int program_find(const char *command, char **ret, int *ret_status, struct error *err);

/* How a program comes by its memory. */
enum program_kind {
	PROGRAM_DYNAMIC, /* through libc, where a preload library can stand in between */
	PROGRAM_STATIC,
	PROGRAM_OTHER_LIBC, /* dynamic, by another loader than glibc's, musl's say: the preload library is glibc's */
	PROGRAM_GO,         /* dynamic or not, its runtime asks the kernel itself */
	/* with the AddressSanitizer in a library, which wants to be the first, and has an allocator of its own */
	PROGRAM_ASAN,
};

/*
 * What kind of program this is; a script is what its interpreter is. Refuses one that no mode reaches: set-user-ID,
 * set-group-ID or with file capabilities (the dynamic linker ignores LD_PRELOAD then: AT_SECURE, ld.so(8); and a
 * traced program does not get the privileges), or of another machine or word size. Negative errno and one line.
 */
int program_check(const char *path, enum program_kind *ret, struct error *err);

/* The same of an ELF file that is open. */
int program_check_elf(int fd, const char *path, enum program_kind *ret, struct error *err);
