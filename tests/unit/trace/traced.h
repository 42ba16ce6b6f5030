/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Programs of tests/unit/trace, started traced. */

#include "rules-of.h"

#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM(name) TRACE_PROGRAMS "/" name
#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

/*
 * Starts a program with rules and a watch, either of which may be NULL. Its standard input and output are this
 * process's if `in` and `out` are negative.
 */
static inline pid_t start_traced(const char *const *rules, struct trace_watch *watch, int in, int out,
				 const char *const *argv)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const struct placement place = rules ? place_of(rules) : (struct placement){ 0 };
		const struct trace plan = { .place = rules ? &place : NULL, .watch = watch, .why = "trace mode" };
		struct error err = ERROR_NONE;

		/* Its parent is in another group of the session, so the kernel does not treat the new group as orphaned. */
		setpgid(0, 0);
		if (in >= 0)
			dup2(in, STDIN_FILENO);
		if (out >= 0)
			dup2(out, STDOUT_FILENO);
		if (trace_start(&plan, NULL, &err) < 0) {
			printf("# %s\n", error_text(&err));
			fflush(stdout);
			_exit(125);
		}
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

/* Waits for the end of a child. Returns its status as waitpid(2) does. */
static inline int status_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}
