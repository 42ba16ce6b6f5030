/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Shared by the verbs of cdmadm: their table, the context they run in, and JSON output. */

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
	const char *config_file; /* --config; NULL: the default */
	bool json;
	struct config *config;          /* set by ctx_config() */
	const char *given[OPTIONS_MAX]; /* indexed by the verb's options: what was given; NULL: not given */
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
	const char *root_because; /* why the verb needs root on the running system; NULL: it does not */
	bool changes;             /* the system, so --sysroot is refused */

	/* Returns an exit status, or a negative errno with err filled. A usage error is usage(err, ...). */
	int (*run)(struct ctx *ctx, struct error *err);
};

extern const struct verb verb_status, verb_nodes, verb_groups, verb_plan, verb_apply, verb_config, verb_setup,
	verb_teardown, verb_audit, verb_map, verb_online, verb_offline, verb_drain, verb_wait, verb_events, verb_reload;

void ctx_done(struct ctx *ctx);

/* Fills err and returns EXIT_USAGE. */
int usage(struct error *err, const char *fmt, ...) _printf_(2, 3);

/* The configuration; it is read by the first call and owned by ctx. */
_must_use_ int ctx_config(struct ctx *ctx, const struct config **ret, struct error *err);

/* Reads the system as it is now; -ENODEV: it has no cpuset cgroups. ctx_nodes() then goes without them. */
_must_use_ int ctx_snapshot(struct ctx *ctx, struct snapshot **ret, struct error *err);
_must_use_ int ctx_nodes(struct ctx *ctx, struct snapshot **ret, struct error *err);

/*
 * Writes the document to standard output; NULL stands for a document that there was no memory for. Returns 0 or a
 * negative errno.
 */
_must_use_ int print_json(const json_t *doc, struct error *err);
