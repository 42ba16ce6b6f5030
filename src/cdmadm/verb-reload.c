/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm reload: makes cdmd read its configuration again, and prints the result. */

#include "cdmadm.h"

#include "libcdm/socket/cdmd-client.h"
#include "libcdm/socket/protocol.h"

static int run(struct ctx *ctx, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_json_doc_ struct json_doc answer = JSON_DOC_NONE;
	_cleanup_free_ char *line = query_reload();
	int r = cdmd_connect(&ctx->root, &c, err);

	if (r >= 0)
		r = cdmd_ask(&c, line, &answer, err);
	if (r < 0)
		return r;
	if (ctx->json)
		return print_json(answer.root, err);
	puts("cdmd has read the configuration again");
	return 0;
}

const struct verb verb_reload = {
	.name = "reload",
	.args = "",
	.help = "have cdmd read its configuration again; fails where cdmd refuses it",
	.root_because = "it changes whom cdmd fences",
	.changes = true,
	.run = run,
};
