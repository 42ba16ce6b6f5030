/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the verbs share: the configuration, one look at the system, JSON output. */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"

#include <errno.h>

void ctx_done(struct ctx *ctx)
{
	config_free(ctx->config);
	root_close(&ctx->root);
}

int usage(struct error *err, const char *fmt, ...)
{
	_cleanup_free_ char *text = FORMATTED(fmt);

	fail(err, -EINVAL, "%s", text ? text : "wrong usage");
	return EXIT_USAGE;
}

int ctx_config(struct ctx *ctx, const struct config **ret, struct error *err)
{
	/* A captured tree has its own configuration. A file that the user names is always one of the running system. */
	int tree = ctx->root.live || ctx->config_file ? -1 : ctx->root.fd;

	if (!ctx->config) {
		int r = config_load(ctx->config_file, tree, &ctx->config, err);

		if (r < 0)
			return r;
	}
	*ret = ctx->config;
	return 0;
}

typedef int (*snapshot_fn)(const struct root *root, const struct config *config, struct state *state, struct cgroups *g,
			   struct snapshot **ret, struct error *err);

static int look(struct ctx *ctx, snapshot_fn fn, struct snapshot **ret, struct error *err)
{
	_cleanup_state_ struct state *state = NULL;
	_cleanup_cgroups_ struct cgroups *g = NULL;
	const struct config *config;
	int r = ctx_config(ctx, &config, err);

	if (r >= 0)
		r = state_load(&ctx->root, &state, err);
	if (r >= 0)
		r = cgroups_open(&ctx->root, &g, err);
	return r < 0 ? r : fn(&ctx->root, config, state, TAKE_PTR(g), ret, err);
}

int ctx_snapshot(struct ctx *ctx, struct snapshot **ret, struct error *err)
{
	return look(ctx, snapshot_read, ret, err);
}

int ctx_nodes(struct ctx *ctx, struct snapshot **ret, struct error *err)
{
	return look(ctx, snapshot_read_nodes, ret, err);
}

int print_json(const json_t *doc, struct error *err)
{
	_cleanup_free_ char *text = doc ? json_text(doc) : NULL;

	if (!text)
		return fail(err, -ENOMEM, "out of memory");
	fputs(text, stdout);
	return output_flush(err);
}
