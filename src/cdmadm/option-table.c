/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Options of cdmadm and its verbs from tables, so that help and parser cannot drift apart. */

#include "option-table.h"

#include "basic/strutil.h"

#include <errno.h>
#include <getopt.h>

/* getopt_long() returns this plus the option's index, which also works for options without a letter. */
#define OPTION_BASE 256

static int unknown_option(const char *word, const struct option_spec *specs, size_t n, struct error *err)
{
	const char *names[OPTIONS_MAX] = { NULL };
	_cleanup_free_ char *name = strndup(word, strcspn(word, "="));
	const char *near;

	if (!name)
		return fail(err, -ENOMEM, "%m");
	for (size_t i = 0; i < n; i++)
		names[i] = specs[i].name;
	near = nearest_word(name, names, n);
	return fail(err, -EINVAL, "unknown option \"--%s\"%s%s%s", name, near ? ", did you mean \"--" : "",
		    near ? near : "", near ? "\"?" : "");
}

static int bad_option(int c, char **argv, const struct option_spec *specs, size_t n, struct error *err)
{
	const char *word = after_prefix(argv[optind - 1], "--");

	if (optopt >= OPTION_BASE && c == '?')
		return fail(err, -EINVAL, "option \"--%s\" takes no argument", specs[optopt - OPTION_BASE].name);
	if (c == ':') {
		for (size_t i = 0; i < n; i++)
			if (optopt == OPTION_BASE + (int)i || (optopt && optopt == specs[i].letter))
				return fail(err, -EINVAL, "option \"--%s\" needs an argument: %s", specs[i].name,
					    specs[i].arg);
	}
	if (optopt || !word)
		return fail(err, -EINVAL, "unknown option \"-%c\"", optopt);
	return unknown_option(word, specs, n, err);
}

int options_parse(int argc, char **argv, const struct option_spec *specs, size_t n, bool in_order, const char **given,
		  struct error *err)
{
	struct option longs[OPTIONS_MAX + 1] = { { 0 } };
	char shorts[2 + 2 * OPTIONS_MAX + 1], *s = shorts;
	int c;

	if (in_order)
		*s++ = '+';
	*s++ = ':';
	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){ specs[i].name, specs[i].arg ? required_argument : no_argument, NULL,
					    OPTION_BASE + (int)i };
		if (!specs[i].letter)
			continue;
		*s++ = specs[i].letter;
		if (specs[i].arg)
			*s++ = ':';
	}
	*s = '\0';
	optind = 0; /* glibc: start again, also with a different leading '+' */
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		size_t found = n;

		for (size_t i = 0; i < n && c != '?' && c != ':'; i++)
			if (c == OPTION_BASE + (int)i || c == specs[i].letter)
				found = i;
		if (found == n)
			return bad_option(c, argv, specs, n, err);
		given[found] = specs[found].arg ? optarg : "";
	}
	return optind;
}

void options_help(FILE *f, const struct option_spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct option_spec *o = &specs[i];
		char letter[] = { '-', o->letter, ',', '\0' };
		int width;

		if (!o->help)
			continue;
		width = fprintf(f, "  %-3s --%s%s%s", o->letter ? letter : "", o->name, o->arg ? " " : "",
				o->arg ? o->arg : "");
		fprintf(f, "%*s%s\n", width < 22 ? 22 - width : 1, "", o->help);
	}
}
