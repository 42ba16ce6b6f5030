/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the verbs of cdmadm share: the table they are in, the context they run in, how their documents go out. */

#include "basic/error.h"
#include "basic/root.h"
#include "libcdm/config/config.h"
#include "libcdm/json/json.h"
#include "libcdm/snapshot/snapshot.h"
#include "option-table.h"

enum {
	EXIT_CLEAN = 0, /* done, or nothing found */
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_FOUND = 3, /* changes pending, leaks, problems */
};

struct ctx {
	struct root root;
	const char *config_file; /* --config, NULL: the default */
	bool json;
	struct config *config;          /* ctx_config() */
	const char *given[OPTIONS_MAX]; /* by the verb's options: what was given, NULL: not */
	char **args;
	size_t n_args;
};

struct verb {
	const char *name;
	const char *args; /* "PID", for the usage line */
	const char *help; /* one line */
	const struct option_spec *options;
	size_t n_options;
	size_t min_args, max_args;
	const char *root_because; /* why it must be root on the running system, NULL: it need not */
	bool changes;             /* the system, so not with --sysroot */

	/* An exit status, or a negative errno with err filled. A usage error is usage(err, ...). */
	int (*run)(struct ctx *ctx, struct error *err);
};

extern const struct verb verb_status, verb_nodes, verb_groups, verb_plan, verb_apply, verb_config, verb_setup,
	verb_teardown, verb_audit, verb_map, verb_online, verb_offline, verb_drain, verb_wait, verb_events, verb_reload;

void ctx_done(struct ctx *ctx);

/* A usage error: fills err and returns EXIT_USAGE. */
int usage(struct error *err, const char *fmt, ...) _printf_(2, 3);

/* The configuration, read at the first call; owned by ctx. */
int ctx_config(struct ctx *ctx, const struct config **ret, struct error *err);

/* The system as it is now; -ENODEV: it has no cpuset cgroups. ctx_nodes() leaves the cgroups out. */
int ctx_snapshot(struct ctx *ctx, struct snapshot **ret, struct error *err);
int ctx_nodes(struct ctx *ctx, struct snapshot **ret, struct error *err);

/* Writes the document to standard output; NULL is one that memory ran out for. Returns 0 or a negative errno. */
int print_json(const json_t *doc, struct error *err);
