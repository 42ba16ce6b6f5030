/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The options as the user gave them: nothing is looked up yet. */

#include "libcdm/rules/rules.h"

/* How rules are applied to the program. */
enum mode {
	MODE_AUTO,
	MODE_PRELOAD, /* by a library that is loaded before libc */
	MODE_TRACE,   /* from outside, at the program's system calls */
};

/* What to report when the program ends. */
struct report_options {
	bool wanted, explain, json;
	const char *file; /* NULL: standard error */
};

struct options {
	const char *config_file;
	const char *group; /* NULL: the profile's, then cdm.slice */
	const char *nodes; /* NULL: the profile's, then all device nodes of the group */
	const char *profile;
	struct rules rules; /* from --allow */
	bool has_policy, strict;
	enum cdm_policy policy;
	enum mode mode;
	struct report_options report;
	bool dont_fork, no_inherit;
	bool dry_run, json;
	bool wait;
	double wait_seconds; /* < 0: no limit */
	int attach;          /* the process to attach to instead of a program; 0: none */
	bool move;
	char **command; /* argv of the program, NULL-terminated; empty with attach */
};

#define OPTIONS_NONE ((struct options){ 0 })

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE, /* --help or --version was printed */
};

/*
 * Returns a negative errno and one line for a wrong option; ret->json then says how to print it. The strings are
 * argv's.
 */
_must_use_ int options_parse(int argc, char **argv, struct options *ret, enum options_result *ret_result,
			     struct error *err);
void options_free(struct options *o);
#define _cleanup_options_ _cleanup_(options_free)
