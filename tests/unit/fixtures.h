/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Documents in files: those in a directory "good" are accepted, those in "bad" are refused with a known line. */

#include "basic/root.h"
#include "basic/strutil.h"
#include "check.h"

#include <fcntl.h>

/* Returns the whole file, or NULL. Owned. */
static char *fixture_text(const char *path)
{
	const struct root cwd = { .fd = AT_FDCWD, .live = true };
	char *text = NULL;

	(void)root_read(&cwd, &text, NULL, "%s", path);
	return text;
}

/* Reads the document at path; its messages name it by this path. */
typedef int (*fixture_fn)(const char *path, struct error *err);

/* Checks one fixture of "bad", and prints what is wrong with the refusal: NAME.error has the line, without the path. */
static bool fixture_refused(const char *path, fixture_fn take)
{
	_cleanup_free_ char *error_path = NULL, *want = NULL, *got = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	const char *line;
	int r = take(path, &err);

	if (asprintf(&error_path, "%.*s.error", (int)(strlen(path) - strlen(".json")), path) < 0)
		return false;
	line = r < 0 ? after_prefix(error_text(&err), path) : ":(accepted)";
	want = fixture_text(error_path);
	if (asprintf(&got, "%s\n", line ? line + 1 : error_text(&err)) < 0 || (want && streq(got, want)))
		return got != NULL;
	printf("# %s: %s# wanted: %s\n", path, got, want ? want : "(no file)");
	return false;
}

/* Calls check for every NAME.json of dir. Returns the number of files, or 0 if one of them failed. */
static int fixtures(const char *dir, bool (*check)(const char *path, fixture_fn take), fixture_fn take)
{
	const struct root cwd = { .fd = AT_FDCWD, .live = true };
	_cleanup_strv_ struct strv names = STRV_NONE;
	int n = 0;
	bool ok = true;

	(void)root_list(&cwd, &names, "%s", dir);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = NULL;

		if (!has_suffix(names.s[i], ".json"))
			continue;
		ok = asprintf(&path, "%s/%s", dir, names.s[i]) > 0 && check(path, take) && ok;
		n++;
	}
	return ok ? n : 0;
}
