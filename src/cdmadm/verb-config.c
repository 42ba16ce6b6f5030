/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm config check and config show. */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "step-log.h"

static int find_problems(const struct ctx *ctx, const struct config *config, struct strv *problems, struct strv *notes)
{
	int r = config_problems(config, problems);

	if (r >= 0)
		r = config_notes(config, notes);
	/* The user names of a captured tree belong to another system. */
	return r < 0 || !ctx->root.live ? r : config_unknown_names(config, problems);
}

/* Prints "ok: 1 class, 2 groups (FILE, FILE)"; without "ok" if there are problems. */
static void print_found(const struct config *config, const struct strv *problems, const struct strv *notes)
{
	_cleanup_free_ char *files = config->files.n ? strv_join(&config->files, ", ") : strdup("built in");

	printf("%s%zu class%s, %zu group%s (", problems->n ? "" : "ok: ", config->n_classes,
	       config->n_classes == 1 ? "" : "es", config->n_groups, config->n_groups == 1 ? "" : "s");
	print_foreign(stdout, files ? files : "");
	puts(")");
	print_lines("problem", problems);
	print_lines("note", notes);
}

static int check(struct ctx *ctx, const struct config *config, struct error *err)
{
	_cleanup_strv_ struct strv problems = STRV_NONE, notes = STRV_NONE;
	_cleanup_json_ json_t *doc = NULL;
	int r = find_problems(ctx, config, &problems, &notes);

	if (r < 0)
		return fail(err, r, "%m");
	if (ctx->json) {
		doc = json_pack("{s:b, s:I, s:I, s:o, s:o, s:o}", "ok", problems.n == 0, "classes",
				(json_int_t)config->n_classes, "groups", (json_int_t)config->n_groups, "files",
				lines_to_json(&config->files), "problems", lines_to_json(&problems), "notes",
				lines_to_json(&notes));
		r = print_json(doc, err);
	} else {
		print_found(config, &problems, &notes);
	}
	return r < 0 ? r : problems.n ? EXIT_FOUND : EXIT_CLEAN;
}

/* Always JSON: a configuration file with this content would have the same effect. */
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
