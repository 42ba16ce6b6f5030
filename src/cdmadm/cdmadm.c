/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmadm: shows and changes what cdm-tools does with device memory. One table lists its verbs. */

#include "cdmadm.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/output/failure.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>

static const struct verb *const verbs[] = {
	&verb_status,  &verb_nodes, &verb_groups, &verb_plan,   &verb_apply,  &verb_audit,  &verb_map,   &verb_online,
	&verb_offline, &verb_drain, &verb_wait,   &verb_events, &verb_config, &verb_reload, &verb_setup, &verb_teardown,
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

/* Options that every verb understands, before and behind its name. */
static const struct option_spec options[N_OPTS] = {
	[OPT_CONFIG] = { 'c', "config", "FILE", "read FILE instead of " CONFIG_FILE },
	[OPT_SYSROOT] = { 0, "sysroot", "DIR", "read a captured tree instead of the running system" },
	[OPT_JSON] = { 'j', "json", NULL, "print JSON" },
	[OPT_HELP] = { 'h', "help", NULL, "show this and exit" },
	[OPT_VERSION] = { 'V', "version", NULL, "show the version and exit" },
	[OPT_LIST_VERBS] = { 0, "list-verbs", NULL, NULL },
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
	options_help(f, options, N_OPTS);
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

/* Checks before the verb does anything whether it may run here at all. */
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

/* Parses what follows the verb: its own options, the common ones (the last one given counts), and its arguments. */
static int parse_verb(const struct verb *v, int argc, char **argv, struct ctx *ctx, const char **given, struct error *err)
{
	struct option_spec specs[OPTIONS_MAX];
	const size_t n = v->n_options;
	int first;

	for (size_t i = 0; i < n + N_OPTS; i++) {
		specs[i] = i < n ? v->options[i] : options[i - n];
		ctx->given[i] = i < n ? NULL : given[i - n];
	}
	first = options_parse(argc, argv, specs, n + N_OPTS, false, ctx->given, err);
	for (size_t i = 0; i < N_OPTS; i++)
		given[i] = ctx->given[n + i];
	if (first < 0)
		return EXIT_USAGE;
	ctx->args = argv + first;
	ctx->n_args = (size_t)(argc - first);
	return 0;
}

static int run_verb(const struct verb *v, struct ctx *ctx, const char *const *given, struct error *err)
{
	int r;

	ctx->config_file = given[OPT_CONFIG];
	ctx->json = given[OPT_JSON] != NULL;
	r = root_open(given[OPT_SYSROOT], &ctx->root, err);
	if (r == 0)
		r = may_run(v, ctx, err);
	return r ? r : v->run(ctx, err);
}

/* Answers --help, --version and --list-verbs; returns false if none of them was given. v may be NULL. */
static bool tell(const struct verb *v, const char *const *given)
{
	if (given[OPT_HELP] && v)
		print_verb_help(stdout, v);
	else if (given[OPT_HELP])
		print_help(stdout);
	else if (given[OPT_VERSION])
		puts("cdmadm " PACKAGE_VERSION);
	for (size_t i = 0; i < ELEMENTSOF(verbs) && given[OPT_LIST_VERBS]; i++)
		puts(verbs[i]->name);
	return given[OPT_HELP] || given[OPT_VERSION] || given[OPT_LIST_VERBS];
}

/* Does everything except printing the message. *ret_who: the verb, for that message. */
static int run(int argc, char **argv, const char **ret_who, struct error *err)
{
	const char *given[N_OPTS] = { NULL };
	_cleanup_(ctx_done) struct ctx ctx = { .root = ROOT_NONE };
	const struct verb *v;
	int first = options_parse(argc, argv, options, N_OPTS, true, given, err), r;

	if (first < 0)
		return EXIT_USAGE;
	if (tell(NULL, given))
		return EXIT_CLEAN;
	if (first == argc)
		return usage(err, "needs a verb; see cdmadm --help");
	v = find_verb(argv[first], err);
	if (!v)
		return EXIT_USAGE;
	*ret_who = v->name;
	r = parse_verb(v, argc - first, argv + first, &ctx, given, err);
	if (r == 0 && tell(v, given))
		return EXIT_CLEAN;
	return r ? r : run_verb(v, &ctx, given, err);
}

/* Looks at argv itself, so that a usage error is also reported as JSON to a program that reads nothing else. */
static bool wants_json(char **argv)
{
	for (; *argv && !streq(*argv, "--"); argv++)
		if (streq(*argv, "-j") || streq(*argv, "--json"))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct error err = ERROR_NONE, lost = ERROR_NONE;
	const bool json = wants_json(argv);
	const char *who = NULL;
	int r;

	setlocale(LC_CTYPE, "");
	/* A reader that ends early must not interrupt an apply. */
	signal(SIGPIPE, SIG_IGN);
	/* All users may read what cdmadm makes in /run and in the cgroup hierarchy. */
	umask(0022);
	r = run(argc, argv, &who, &err);
	/* A full disk is noticed here at the latest. */
	if (output_close(&lost) < 0)
		r = EXIT_FAILED;
	if (err.code || lost.code)
		failure_print("cdmadm", who, err.code ? &err : &lost, json);
	return r < 0 ? EXIT_FAILED : r;
}
