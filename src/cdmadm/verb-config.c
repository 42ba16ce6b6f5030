/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"

static json_t *files_to_json(const struct config *config)
{
	json_t *files = json_array();

	for (size_t i = 0; i < config->files.n; i++)
		json_array_append_new(files, json_foreign(config->files.s[i]));
	return files;
}

/* "ok: 1 class, 2 groups (FILE, FILE)" */
static int check(struct ctx *ctx, const struct config *config, struct error *err)
{
	_cleanup_free_ char *files = config->files.n ? strv_join(&config->files, ", ") : strdup("built in");

	if (ctx->json) {
		_cleanup_json_ json_t *doc = json_pack("{s:b, s:I, s:I, s:o}", "ok", true, "classes",
						       (json_int_t)config->n_classes, "groups",
						       (json_int_t)config->n_groups, "files", files_to_json(config));

		return print_json(doc, err);
	}
	printf("ok: %zu class%s, %zu group%s (", config->n_classes, config->n_classes == 1 ? "" : "es",
	       config->n_groups, config->n_groups == 1 ? "" : "s");
	print_foreign(stdout, files ? files : "");
	puts(")");
	return 0;
}

/* Always JSON: it is what a configuration file that says all this would hold. */
static int show(const struct config *config, struct error *err)
{
	_cleanup_json_ json_t *doc = config_to_json(config);

	return print_json(doc, err);
}

static int run(struct ctx *ctx, struct error *err)
{
	static const char *const words[] = { "check", "show" };
	_cleanup_free_ char *what = NULL;
	const struct config *config;
	int r;

	if (!streq(ctx->args[0], words[0]) && !streq(ctx->args[0], words[1])) {
		what = unknown_word("word", ctx->args[0], words, ELEMENTSOF(words));
		return usage(err, "%s", what ? what : "unknown word");
	}
	r = ctx_config(ctx, &config, err);
	if (r < 0)
		return r;
	return streq(ctx->args[0], words[0]) ? check(ctx, config, err) : show(config, err);
}

const struct verb verb_config = {
	.name = "config",
	.args = "check|show",
	.help = "check the configuration, or show what is in effect",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
