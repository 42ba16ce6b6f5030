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

/*
 * Refuses a program that would run without the library: set-user-ID, set-group-ID or with file capabilities (the
 * dynamic linker ignores LD_PRELOAD then: AT_SECURE, ld.so(8)), statically linked, or of another machine or word
 * size. Scripts are followed to their interpreter. Negative errno and one line.
 */
int program_check_preload(const char *path, struct error *err);
