/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cdmd: keeps device nodes for the groups that are granted them, while nodes and cgroups come and go. */

#include "daemon.h"
#include "cdmd/loop/log.h"

#include "basic/output.h"
#include "libcdm/kernel/oom.h"

#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static const char help[] =
	"Usage: cdmd [--config FILE]\n"
	"Keeps coherent device memory for the groups it is meant for: fences every other\n"
	"cgroup, onlines hot-added device nodes, grants them. Runs in the foreground.\n"
	"\n"
	"  -c, --config FILE  read FILE instead of " CONFIG_FILE
	"\n"
	"  -h, --help         show this and exit\n"
	"  -V, --version      show the version and exit\n"
	"\n"
	"SIGHUP reads the configuration again, SIGTERM ends it; the fences stay.\n"
	"Exit status: 0 ended by a signal, 1 failed, 2 wrong usage. See cdmd(8).\n";

static int usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "cdmd: %s: ", what);
	print_foreign(stderr, arg);
	fputs("; see cdmd --help\n", stderr);
	return 2;
}

/* Prints the text. Returns 1 if it could not be written (a full disk, a closed pipe). */
static int say(const char *text)
{
	signal(SIGPIPE, SIG_IGN);
	fputs(text, stdout);
	return output_flush(NULL) < 0;
}

/* Sets the oom_score_adj that cdmd.service sets, for a cdmd that was started without its unit. */
static void outlive_others(void)
{
	_cleanup_root_ struct root root = ROOT_NONE;

	if (root_open(NULL, &root, NULL) >= 0)
		oom_score_adjust(&root, OOM_CDMD);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	_cleanup_error_ struct error err = ERROR_NONE;
	const char *config = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) >= 0) {
		switch (c) {
		case 'c':
			config = optarg;
			break;
		case 'h':
			return say(help);
		case 'V':
			return say("cdmd " PACKAGE_VERSION "\n");
		default:
			return usage_error("unknown option, or one without its argument", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return usage_error("takes no arguments", argv[optind]);
	if (geteuid() != 0)
		return fprintf(stderr,
			       "cdmd: must be root, since it writes cpuset.mems and onlines memory: start it as a "
			       "service, or with sudo\n"),
		       1;
	/*
	 * All users may read what cdmd makes in /run and in the cgroup hierarchy, whatever umask it was started with.
	 */
	umask(0022);
	log_open();
	outlive_others();
	/* While libcgroup is loaded, its tables take 2.4 MB, of which it uses a third: a huge page would be a waste. */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (daemon_run(config, &err) < 0)
		return fprintf(stderr, "cdmd: %s\n", error_text(&err)), 1;
	return 0;
}
