/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Shared by offline, drain and online: makes a request for nodes, and repeats it until it is done. */

#include "cdmadm.h"
#include "libcdm/plan/node-request.h"

/*
 * ctx->args[0] names the nodes. `timeout` is the option's text, NULL: the default; until it has passed, a step that
 * fails is tried again. Returns an exit status, EXIT_FOUND if something is in the way, or a negative errno.
 */
_must_use_ int request_run(struct ctx *ctx, enum request_kind kind, const char *timeout, struct error *err);

/* The options of the requests that can take long. */
enum {
	REQUEST_OPT_TIMEOUT,
	REQUEST_N_OPTS
};
extern const struct option_spec request_options[REQUEST_N_OPTS];
