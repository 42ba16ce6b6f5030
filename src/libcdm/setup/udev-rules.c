/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds the distribution's udev rules that bring memory online, and makes copies that leave it to cdmd. */

#include "udev-rules.h"

#include "basic/fd.h"
#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* In udev's order: the first file of a name wins. On some systems the last two are the same directory. */
static const char *const dirs[] = {
	UDEV_RULES_DIR, "run/udev/rules.d", "usr/local/lib/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d",
};

#define N_LOCAL_DIRS 2 /* the first ones, for the administrator's files */

/*
 * A part of a rule: KEY{attribute} OPERATOR "value". value is without its quotes. See udev's rules file format,
 * udev(7).
 */
struct token {
	const char *key, *op, *value;
	size_t key_len, op_len, value_len;
};

static bool has_word(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word)) != NULL;
}

/* Reads the next token of a rule, which may span several lines; NULL: there is none that can be parsed. */
static const char *next_token(const char *p, const char *end, struct token *ret)
{
	static const char between[] = " \t\r\n,\\", op[] = "=!+-:";

	while (p < end && strchr(between, *p))
		p++;
	ret->key = p;
	while (p < end && !strchr(op, *p) && *p != '"' && *p != ' ' && *p != '\t')
		p = *p == '{' && memchr(p, '}', (size_t)(end - p)) ? memchr(p, '}', (size_t)(end - p)) : p + 1;
	ret->key_len = (size_t)(p - ret->key);
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	ret->op = p;
	while (p < end && strchr(op, *p))
		p++;
	ret->op_len = (size_t)(p - ret->op);
	while (p < end && *p != '"')
		p++;
	if (p >= end || ret->key_len == 0 || ret->op_len == 0)
		return NULL;
	ret->value = ++p;
	while (p < end && *p != '"')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	if (p >= end)
		return NULL;
	ret->value_len = (size_t)(p - ret->value);
	return p + 1;
}

static bool key_is(const struct token *t, const char *key)
{
	return t->key_len == strlen(key) && memcmp(t->key, key, t->key_len) == 0;
}

static bool key_starts(const struct token *t, const char *key)
{
	return t->key_len >= strlen(key) && memcmp(t->key, key, strlen(key)) == 0;
}

/* "=", "+=" and ":=" assign, "==" and "!=" only compare. */
static bool assigns(const struct token *t)
{
	return t->op_len == 1 ? *t->op == '=' : t->op_len == 2 && (*t->op == '+' || *t->op == ':');
}

/* Whether it writes "online", "online_movable" or the like to a file "state", itself or by a program that it runs. */
static bool brings_online(const struct token *t)
{
	bool online = has_word(t->value, t->value_len, "online");

	if (key_is(t, "ATTR{state}") && assigns(t))
		return online || has_word(t->value, t->value_len, "$") || has_word(t->value, t->value_len, "%");
	if (key_starts(t, "RUN") || key_is(t, "PROGRAM") || key_starts(t, "IMPORT{program}"))
		return online && has_word(t->value, t->value_len, "state");
	return false;
}

static bool is_to_guard(const char *rule, const char *end)
{
	struct token t;
	bool found = false;

	for (const char *p = next_token(rule, end, &t); p; p = next_token(p, end, &t)) {
		if (key_is(&t, "ENV{.CDM}"))
			return false;
		found |= brings_online(&t);
	}
	return found;
}

/* The end of the rule that starts here: after a newline without a backslash before it. */
static const char *rule_end(const char *p)
{
	for (;;) {
		const char *newline = strchr(p, '\n');

		if (!newline)
			return p + strlen(p);
		if (newline == p || newline[-1] != '\\')
			return newline + 1;
		p = newline + 1;
	}
}

int udev_rules_guard(const char *text, char **ret)
{
	_cleanup_free_ char *buf = NULL;
	size_t size;
	FILE *out;
	unsigned guarded = 0;
	const char *end;

	/* A file without "memory" has no such rule, even if a GOTO skips to it: an earlier line names the subsystem. */
	if (!strstr(text, "memory"))
		return 0;
	out = open_memstream(&buf, &size);
	if (!out)
		return -ENOMEM;
	for (const char *p = text; *p; p = end) {
		const char *start = p + strspn(p, " \t");

		/* A comment ends with its line; a backslash does not continue it. */
		end = *start == '#' ? start + strcspn(start, "\n") + (strchr(start, '\n') != NULL) : rule_end(start);
		if (*start != '#' && is_to_guard(start, end)) {
			fputs(UDEV_GUARD, out);
			guarded++;
		}
		fwrite(p, 1, (size_t)(end - p), out);
	}
	if (fclose(out) != 0)
		return -ENOMEM;
	if (!guarded)
		return 0;
	*ret = TAKE_PTR(buf);
	return 1;
}

/*
 * Reads a rules file. Whatever else has such a name (a link to /dev/null that masks the name, a directory, a FIFO)
 * hides the later files of that name and has no rule, so its text is empty. Opening a FIFO without O_NONBLOCK would
 * wait for a writer.
 */
static int read_rules(const struct root *root, const char *dir, const char *name, char **ret)
{
	_cleanup_close_ int fd = root_openf(root, O_RDONLY | O_NONBLOCK | O_NOCTTY, "%s/%s", dir, name);
	struct stat st;

	if (fd < 0 && fd != -ENXIO && fd != -ENODEV && fd != -ELOOP)
		return fd;
	if (fd >= 0 && fstat(fd, &st) < 0)
		return -errno;
	if (fd >= 0 && S_ISREG(st.st_mode))
		return fd_read(fd, ROOT_FILE_MAX, ret, NULL);
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

/* Finds the first file of that name that is not a copy of ours. Returns 1, or 0 if there is none. */
static int original(const struct root *root, const char *name, size_t *ret_dir, char **ret)
{
	for (size_t i = 0; i < ELEMENTSOF(dirs); i++) {
		_cleanup_free_ char *text = NULL;
		enum lasting_found found = LASTING_NONE;
		int r;

		if (i == 0) {
			r = lasting_look(root, dirs[i], name, &found, NULL);
			if (r < 0)
				return r;
			if (found == LASTING_OURS || found == LASTING_NONE)
				continue;
		}
		r = read_rules(root, dirs[i], name, &text);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		*ret_dir = i;
		*ret = TAKE_PTR(text);
		return 1;
	}
	return 0;
}

static int copy_text(const char *dir, const char *name, const char *guarded, char **ret)
{
	if (asprintf(ret,
		     "# A copy of /%s/%s, which it stands in for: memory blocks that cdmd sees to (05-cdm.rules)\n"
		     "# are left to it. After a change of the original run `cdmadm setup` again.\n%s",
		     dir, name, guarded) < 0)
		return -ENOMEM;
	return 0;
}

static int want(struct lasting *l, const char *name, bool guard, struct strv *notes, struct error *err)
{
	_cleanup_free_ char *text = NULL, *guarded = NULL, *copy = NULL;
	size_t dir;
	int r = original(l->root, name, &dir, &text);

	if (r > 0)
		r = udev_rules_guard(text, &guarded);
	if (r < 0)
		return fail(err, r, "udev's rules %s: %m", name);
	if (r == 0)
		return 0;
	if (!guard || dir < N_LOCAL_DIRS) {
		r = strv_addf(notes,
			      "/%s/%s brings memory blocks online, in a zone of its choice, before cdmd does; put %s before "
			      "its rule, or mask it",
			      dirs[dir], name, "ENV{.CDM}!=\"1\",");
		return r < 0 ? fail(err, r, "%m") : 0;
	}
	r = copy_text(dirs[dir], name, guarded, &copy);
	return r < 0 ? fail(err, r, "%m") : lasting_add(l, UDEV_RULES_DIR, name, copy, err);
}

/* The names of the rules files in all directories. */
static int rules_names(const struct root *root, struct strv *ret)
{
	for (size_t i = 0; i < ELEMENTSOF(dirs); i++) {
		_cleanup_strv_ struct strv names = STRV_NONE;
		int r = root_list(root, &names, "%s", dirs[i]);

		if (r < 0 && r != -ENOENT)
			return r;
		for (size_t k = 0; k < names.n; k++) {
			if (!has_suffix(names.s[k], ".rules") || strv_has(ret, names.s[k]))
				continue;
			r = strv_add(ret, names.s[k]);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int udev_rules_want(struct lasting *l, bool guard, struct strv *notes, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = rules_names(l->root, &names);

	if (r < 0)
		return fail(err, r, "udev's rules: %m");
	for (size_t i = 0; i < names.n && r >= 0; i++)
		r = want(l, names.s[i], guard, notes, err);
	return r < 0 ? r : udev_rules_unwant(l, err);
}

int udev_rules_unwant(struct lasting *l, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(l->root, &names, UDEV_RULES_DIR);

	if (r < 0)
		return r == -ENOENT ? 0 : fail(err, r, "/" UDEV_RULES_DIR ": %m");
	for (size_t i = 0; i < names.n && r >= 0; i++) {
		/* Of a setup that was killed: then there may be no file yet that it stands for. */
		_cleanup_free_ char *staged = lasting_staged_for(names.s[i]);

		r = lasting_add(l, UDEV_RULES_DIR, staged ? staged : names.s[i], NULL, err);
	}
	return r;
}
