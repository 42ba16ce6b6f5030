/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What offline, drain and online share: one node is asked for something, and it is seen to until it is so. */

#include "cdmadm.h"
#include "libcdm/plan/node-request.h"

/*
 * ctx->args[0] is the node. `timeout` is the option's text, NULL: the default; within it what does not succeed is tried
 * again. Returns an exit status, EXIT_FOUND when something is in the way, or a negative errno.
 */
int request_run(struct ctx *ctx, enum request_kind kind, const char *timeout, struct error *err);

/* The options of those that can take long. */
enum {
	REQUEST_OPT_TIMEOUT,
	REQUEST_N_OPTS
};
extern const struct option_spec request_options[REQUEST_N_OPTS];
