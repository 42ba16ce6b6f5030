/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm: shows and changes what cdm-tools does with device memory, a verb at a time. */

#include "cdmadm.h"

#include "basic/strutil.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>

static const struct verb *const verbs[] = {
	&verb_nodes,   &verb_groups, &verb_plan, &verb_apply,  &verb_audit,  &verb_map,   &verb_online,
	&verb_offline, &verb_drain,  &verb_wait, &verb_events, &verb_config, &verb_setup, &verb_teardown,
};

enum {
	OPT_CONFIG,
	OPT_SYSROOT,
	OPT_JSON,
	OPT_HELP,
	OPT_VERSION,
	OPT_LIST_VERBS,
	N_OPTS
};

static const struct option_spec options[N_OPTS] = {
	[OPT_CONFIG] = { 'c', "config", "FILE", "read FILE instead of " CONFIG_FILE },
	[OPT_SYSROOT] = { 0, "sysroot", "DIR", "read a captured tree instead of the running system" },
	[OPT_JSON] = { 'j', "json", NULL, "print JSON" },
	[OPT_HELP] = { 'h', "help", NULL, "show this and exit" },
	[OPT_VERSION] = { 'V', "version", NULL, "show the version and exit" },
	[OPT_LIST_VERBS] = { 0, "list-verbs", NULL, NULL },
};

/* What a verb understands beside its own options. */
static const struct option_spec verb_options[] = {
	{ 'j', "json", NULL, "print JSON" },
	{ 'h', "help", NULL, "show this and exit" },
};

static void print_help(FILE *f)
{
	fputs("Usage: cdmadm [OPTION...] VERB [ARGUMENT...]\n"
	      "Shows and changes how the memory of devices is kept for the groups it is meant for.\n\n",
	      f);
	options_help(f, options, N_OPTS);
	fputs("\nVerbs:\n", f);
	for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
		int width = fprintf(f, "  %s%s%s", verbs[i]->name, *verbs[i]->args ? " " : "", verbs[i]->args);

		fprintf(f, "%*s%s\n", width < 22 ? 22 - width : 1, "", verbs[i]->help);
	}
	fputs("\n`cdmadm VERB --help` shows a verb's options.\n"
	      "Exit status: 0 done or clean, 1 failed, 2 wrong usage, 3 found something. See cdmadm(8).\n",
	      f);
}

static void print_verb_help(FILE *f, const struct verb *v)
{
	fprintf(f, "Usage: cdmadm %s [OPTION...]%s%s\n%s\n\n", v->name, *v->args ? " " : "", v->args, v->help);
	options_help(f, v->options, v->n_options);
	options_help(f, verb_options, ELEMENTSOF(verb_options));
}

static const struct verb *find_verb(const char *name, struct error *err)
{
	const char *names[ELEMENTSOF(verbs)];
	_cleanup_free_ char *what = NULL;

	for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
		if (streq(verbs[i]->name, name))
			return verbs[i];
		names[i] = verbs[i]->name;
	}
	what = unknown_word("verb", name, names, ELEMENTSOF(names));
	(void)usage(err, "%s", what ? what : "unknown verb");
	return NULL;
}

/* Whether the verb may run here at all, before it does anything. */
static int may_run(const struct verb *v, const struct ctx *ctx, struct error *err)
{
	if (ctx->n_args < v->min_args)
		return usage(err, "needs %s", v->args);
	if (ctx->n_args > v->max_args)
		return usage(err, "unexpected argument \"%s\"", ctx->args[v->max_args]);
	if (v->changes && !ctx->root.live)
		return fail(err, -EROFS, "a captured tree (--sysroot) is only read, never changed: leave --sysroot out");
	if (v->root_because && ctx->root.live && geteuid() != 0)
		return fail(err, -EPERM, "must be root (%s): run it with sudo", v->root_because);
	return 0;
}

static int run_verb(const struct verb *v, struct ctx *ctx, int argc, char **argv, struct error *err)
{
	struct option_spec specs[OPTIONS_MAX];
	size_t n = v->n_options;
	int r;

	for (size_t i = 0; i < n; i++)
		specs[i] = v->options[i];
	for (size_t i = 0; i < ELEMENTSOF(verb_options); i++)
		specs[n + i] = verb_options[i];
	r = options_parse(argc, argv, specs, n + ELEMENTSOF(verb_options), false, ctx->given, err);
	if (r < 0)
		return EXIT_USAGE;
	if (ctx->given[n + 1]) {
		print_verb_help(stdout, v);
		return EXIT_CLEAN;
	}
	ctx->json |= ctx->given[n] != NULL;
	ctx->args = argv + r;
	ctx->n_args = (size_t)(argc - r);
	r = may_run(v, ctx, err);
	return r ? r : v->run(ctx, err);
}

/* Everything but the printing of the message. *ret_who: the verb, for that message. */
static int run(int argc, char **argv, const char **ret_who, struct error *err)
{
	const char *given[N_OPTS] = { NULL };
	_cleanup_(ctx_done) struct ctx ctx = { .root = ROOT_NONE };
	const struct verb *v;
	int first = options_parse(argc, argv, options, N_OPTS, true, given, err), r;

	if (first < 0)
		return EXIT_USAGE;
	if (given[OPT_HELP])
		return print_help(stdout), EXIT_CLEAN;
	if (given[OPT_VERSION])
		return puts("cdmadm " PACKAGE_VERSION), EXIT_CLEAN;
	if (given[OPT_LIST_VERBS]) {
		for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
			puts(verbs[i]->name);
		return EXIT_CLEAN;
	}
	if (first == argc)
		return usage(err, "needs a verb; see cdmadm --help");
	v = find_verb(argv[first], err);
	if (!v)
		return EXIT_USAGE;
	*ret_who = v->name;
	ctx.config_file = given[OPT_CONFIG];
	ctx.json = given[OPT_JSON] != NULL;
	r = root_open(given[OPT_SYSROOT], &ctx.root, err);
	if (r < 0)
		return r;
	return run_verb(v, &ctx, argc - first, argv + first, err);
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	const char *who = NULL;
	bool unwritten;
	int r;

	setlocale(LC_CTYPE, "");
	/* A reader that goes away must not end an apply half way; writing to it fails, and that is said below. */
	signal(SIGPIPE, SIG_IGN);
	r = run(argc, argv, &who, &err);
	if (err.code)
		fprintf(stderr, "cdmadm: %s%s%s\n", who ? who : "", who ? ": " : "", error_text(&err));
	if (r < 0)
		r = EXIT_FAILED;
	/* Full disks and closed pipes show at the latest here. */
	unwritten = ferror(stdout) != 0;
	errno = 0;
	if (fclose(stdout) != 0 || unwritten) {
		if (!err.code)
			fprintf(stderr, "cdmadm: writing to standard output: %s\n", errno ? strerror(errno) : "failed");
		r = EXIT_FAILED;
	}
	return r;
}
