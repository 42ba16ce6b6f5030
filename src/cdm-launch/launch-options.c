/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The command line of cdm-launch, read into one structure before anything else is done. */

#include "launch-options.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/config/config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>

static const char help[] =
	"Usage: cdm-launch [OPTION]... [--] COMMAND [ARG]...\n"
	"   or: cdm-launch [OPTION]... --attach PID [--move]\n"
	"Runs COMMAND so that only the memory that a rule allows lands on device nodes; or\n"
	"has that of a running process land there.\n"
	"\n"
	"  -g, --group NAME       the group to enter (default cdm.slice)\n"
	"  -n, --nodes SET|CLASS  device nodes to use (default all of the group)\n"
	"  -a, --allow RULE       KIND[,KEY=VALUE...], a leading '!' denies; repeatable,\n"
	"                         the first match wins. KIND: malloc, anon, file, shm,\n"
	"                         data, heap; KEY: min, max, caller, path, name, object,\n"
	"                         symbol, nodes, policy, home, thp (always, never),\n"
	"                         exec (yes)\n"
	"  -p, --profile NAME     rules and defaults from a profile (default \"default\",\n"
	"                         unless --allow is given); with a slash, a file\n"
	"  -P, --policy POLICY    prefer (default; spills to system memory), bind,\n"
	"                         interleave, weighted\n"
	"      --strict           the same as --policy bind; refused beside another policy\n"
	"  -m, --mode MODE        how the program is reached: auto (default), preload,\n"
	"                         trace (static programs, Go)\n"
	"  -w, --wait[=SECONDS]   wait until a device node is granted\n"
	"      --attach PID       bind what a rule allows of a process that runs already\n"
	"      --move             ... and move what is in it to the device nodes\n"
	"      --fork keep|dontfork  whether forked children have the device memory too\n"
	"      --no-inherit       programs that it executes in turn have no rules\n"
	"  -r, --report[=FILE]    at the program's end, tell what landed where, to FILE\n"
	"                         or standard error\n"
	"      --explain          ... and of each mapping, the rule that took or refused it;\n"
	"                         with --attach: of each that is there now, and changes nothing\n"
	"      --dry-run          print the launch plan and stop\n"
	"      --json             the plan or the report as JSON\n"
	"      --config FILE      read FILE instead of " CONFIG_FILE
	"\n"
	"  -h, --help             show this and exit\n"
	"  -V, --version          show the version and exit\n"
	"\n"
	"Exit status: the program's own; 125 the launcher failed and nothing was started,\n"
	"126 COMMAND cannot be executed, 127 it was not found. See cdm-launch(1).\n";

enum {
	OPT_STRICT = 256,
	OPT_ATTACH,
	OPT_MOVE,
	OPT_DRY_RUN,
	OPT_JSON,
	OPT_EXPLAIN,
	OPT_FORK,
	OPT_NO_INHERIT,
	OPT_CONFIG,
};

static const struct option long_options[] = {
	{ "group", required_argument, NULL, 'g' },
	{ "nodes", required_argument, NULL, 'n' },
	{ "allow", required_argument, NULL, 'a' },
	{ "profile", required_argument, NULL, 'p' },
	{ "policy", required_argument, NULL, 'P' },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "mode", required_argument, NULL, 'm' },
	{ "wait", optional_argument, NULL, 'w' },
	{ "attach", required_argument, NULL, OPT_ATTACH },
	{ "move", no_argument, NULL, OPT_MOVE },
	{ "fork", required_argument, NULL, OPT_FORK },
	{ "no-inherit", no_argument, NULL, OPT_NO_INHERIT },
	{ "report", optional_argument, NULL, 'r' },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static int say(const char *text, enum options_result *ret, struct error *err)
{
	signal(SIGPIPE, SIG_IGN);
	fputs(text, stdout);
	*ret = OPTIONS_DONE;
	return output_flush(err);
}

/* Returns the index of an option's value among its words. */
static int take_word(const char *option, const char *word, const char *const *words, size_t n, struct error *err)
{
	_cleanup_free_ char *unknown = NULL;
	int i = word_index(word, words, n);

	if (i >= 0)
		return i;
	unknown = unknown_word("value", word, words, n);
	return fail(err, -EINVAL, "%s: %s", option, unknown ? unknown : word);
}

static int take_policy(struct options *o, const char *name, struct error *err)
{
	int p = take_word("--policy", name, policy_words, POLICIES_ASKED, err);

	if (p < 0)
		return p;
	o->has_policy = true;
	o->policy = (enum cdm_policy)p;
	return 0;
}

static int take_mode(struct options *o, const char *name, struct error *err)
{
	static const char *const names[] = { [MODE_AUTO] = "auto", [MODE_PRELOAD] = "preload", [MODE_TRACE] = "trace" };
	int mode = take_word("--mode", name, names, ELEMENTSOF(names), err);

	if (mode < 0)
		return mode;
	o->mode = (enum mode)mode;
	return 0;
}

static int take_fork(struct options *o, const char *what, struct error *err)
{
	static const char *const names[] = { "keep", "dontfork" };
	int i = take_word("--fork", what, names, ELEMENTSOF(names), err);

	if (i < 0)
		return i;
	o->dont_fork = i == 1;
	return 0;
}

static int take_wait(struct options *o, const char *seconds, struct error *err)
{
	uint64_t n;

	o->wait = true;
	o->wait_seconds = -1;
	if (!seconds)
		return 0;
	if (parse_u64(seconds, &n) < 0 || n > 1000000000)
		return fail(err, -EINVAL, "--wait=%s: not a number of seconds", seconds);
	o->wait_seconds = (double)n;
	return 0;
}

static int take_report(struct options *o, const char *file, struct error *err)
{
	if (file && !*file)
		return fail(err, -EINVAL, "--report=: no file named; without one it goes to standard error");
	o->report.wanted = true;
	o->report.file = file ? file : o->report.file;
	return 0;
}

static int unknown_option(char **argv, struct error *err)
{
	const char *names[ELEMENTSOF(long_options)];
	const char *word = argv[optind - 1], *near = NULL;
	size_t n = 0;

	if (optopt && optopt < 256 && !after_prefix(word, "--"))
		return fail(err, -EINVAL, "unknown option -%c, or one without its argument; see cdm-launch --help", optopt);
	for (size_t i = 0; long_options[i].name; i++)
		names[n++] = long_options[i].name;
	if (after_prefix(word, "--"))
		near = nearest_word(word + 2, names, n);
	return fail(err, -EINVAL, "%s: unknown option, or one without its argument%s%s; see cdm-launch --help", word,
		    near ? ", did you mean --" : "", near ? near : "");
}

static int take_attach(struct options *o, const char *pid, struct error *err)
{
	return parse_int(pid, &o->attach) < 0 || o->attach == 0 ?
		       fail(err, -EINVAL, "--attach %s: not a process id", pid) :
		       0;
}

static int take(struct options *o, int c, char **argv, enum options_result *ret, struct error *err)
{
	switch (c) {
	case 'g':
		o->group = optarg + strspn(optarg, "/");
		return 0;
	case 'n':
		o->nodes = optarg;
		return 0;
	case 'a':
		return rules_add(&o->rules, "--allow", optarg, err);
	case 'p':
		o->profile = optarg;
		return 0;
	case 'P':
		return take_policy(o, optarg, err);
	case OPT_STRICT:
		o->strict = true;
		return 0;
	case 'm':
		return take_mode(o, optarg, err);
	case 'w':
		return take_wait(o, optarg, err);
	case OPT_ATTACH:
		return take_attach(o, optarg, err);
	case OPT_MOVE:
		o->move = true;
		return 0;
	case 'r':
		return take_report(o, optarg, err);
	case OPT_FORK:
		return take_fork(o, optarg, err);
	case OPT_NO_INHERIT:
		o->no_inherit = true;
		return 0;
	case OPT_EXPLAIN:
		o->report.wanted = o->report.explain = true;
		return 0;
	case OPT_DRY_RUN:
		o->dry_run = true;
		return 0;
	case OPT_CONFIG:
		o->config_file = optarg;
		return 0;
	case 'h':
		return say(help, ret, err);
	case 'V':
		return say("cdm-launch " PACKAGE_VERSION "\n", ret, err);
	default:
		return unknown_option(argv, err);
	}
}

/* Refuses options that contradict each other, in whichever order they are given. */
static int check_strict(struct options *o, struct error *err)
{
	if (o->strict && o->has_policy && o->policy != POLICY_BIND)
		return fail(err, -EINVAL,
			    "--strict and --policy %s contradict each other: --strict is --policy bind, drop one",
			    policy_name(o->policy));
	for (size_t i = 0; i < o->rules.n && o->strict; i++) {
		const struct rule *rule = &o->rules.v[i];

		if (rule->has_policy && rule->policy != POLICY_BIND)
			return fail(err, -EINVAL,
				    "--strict and policy=%s of a rule contradict each other: drop one, or say policy=bind of "
				    "the rules that are strict",
				    policy_name(rule->policy));
	}
	if (o->strict)
		o->policy = POLICY_BIND;
	o->has_policy |= o->strict;
	return 0;
}

static int check(struct options *o, bool has_command, struct error *err)
{
	if (o->attach && (has_command || o->mode != MODE_AUTO))
		return fail(err, -EINVAL, "--attach goes with no command and no --mode: the process runs already");
	if (o->attach && ((o->report.wanted && !o->report.explain) || o->report.file || o->dont_fork || o->no_inherit))
		return fail(err, -EINVAL, "--report, --fork and --no-inherit go with a command, not with --attach");
	if (o->move && !o->attach)
		return fail(err, -EINVAL, "--move goes with --attach");
	if (!o->attach && !has_command)
		return fail(err, -EINVAL, "no command given; see cdm-launch --help");
	if (o->json && !o->dry_run && !o->report.wanted)
		return fail(err, -EINVAL, "--json goes with --dry-run or --report");
	return check_strict(o, err);
}

int options_parse(int argc, char **argv, struct options *ret, enum options_result *ret_result, struct error *err)
{
	_cleanup_options_ struct options o = OPTIONS_NONE;
	enum options_result result = OPTIONS_RUN;
	int c, r = 0;

	opterr = 0;
	/*
	 * '+': the options behind COMMAND belong to the command. After a mistake the rest is read for --json only,
	 * which decides how the error is printed.
	 */
	while (result == OPTIONS_RUN && (c = getopt_long(argc, argv, "+g:n:a:p:P:m:w::r::hV", long_options, NULL)) >= 0) {
		if (c == OPT_JSON)
			o.json = true;
		else if (r >= 0)
			r = take(&o, c, argv, &result, err);
	}
	if (r >= 0 && result == OPTIONS_RUN)
		r = check(&o, optind < argc, err);
	ret->json = o.json;
	if (r < 0)
		return r;
	o.report.json = o.json;
	o.command = argv + optind;
	*ret = TAKE(o, OPTIONS_NONE);
	*ret_result = result;
	return 0;
}

void options_free(struct options *o)
{
	rules_free(&o->rules);
	*o = OPTIONS_NONE;
}
