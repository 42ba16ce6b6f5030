/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the user asked for, as it was said: nothing is looked up yet. */

#include "libcdm/rules/rules.h"

/* How the program is reached. */
enum mode {
	MODE_AUTO,
	MODE_PRELOAD, /* by a library that stands before libc */
	MODE_TRACE,   /* from outside, at its system calls */
};

/* What is to be told at the program's end. */
struct report_options {
	bool wanted, explain, json;
	const char *file; /* NULL: standard error */
};

struct options {
	const char *config_file;
	const char *group; /* NULL: the profile's, then cdm.slice */
	const char *nodes; /* NULL: the profile's, then all device nodes of the group */
	const char *profile;
	struct rules rules; /* of --allow */
	bool has_policy, strict;
	enum cdm_policy policy;
	enum mode mode;
	struct report_options report;
	bool dont_fork, no_inherit;
	bool dry_run, json;
	bool wait;
	double wait_seconds; /* < 0: for ever */
	int attach;          /* the process to attach to instead of a program; 0: none */
	bool move;
	char **command; /* argv of the program, NULL-terminated; empty with attach */
};

#define OPTIONS_NONE ((struct options){ 0 })

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE, /* --help, --version: said */
};

/* Negative errno and one line for a wrong option; ret->json then says how to tell it. The strings stay argv's. */
int options_parse(int argc, char **argv, struct options *ret, enum options_result *ret_result, struct error *err);
void options_free(struct options *o);
#define _cleanup_options_ _cleanup_(options_free)
