/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration from its file and drop-ins, whose owners and modes are checked. */

#include "config-internal.h"

#include "basic/array.h"
#include "basic/root.h"
#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* The documents of one configuration, which the draft refers to. */
struct docs {
	struct json_doc *v;
	size_t n;
};

static void docs_free(struct docs *docs)
{
	for (size_t i = 0; i < docs->n; i++)
		json_doc_free(&docs->v[i]);
	free(docs->v);
}
#define _cleanup_docs_ _cleanup_(docs_free)

static int docs_add(struct docs *docs, struct json_doc *doc, struct error *err)
{
	if (!RESERVE(docs->v, docs->n))
		return fail(err, -ENOMEM, "out of memory");
	docs->v[docs->n++] = TAKE(*doc, JSON_DOC_NONE);
	return 0;
}

/* A user who can write the configuration controls what root does, so that must be root. */
static int check_trust(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return fail(err, -errno, "%s: %m", name);
	if (st.st_uid != 0)
		return fail(err, -EPERM, "%s: belongs to user %u, who could change what root does: chown root %s", name,
			    (unsigned)st.st_uid, name);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail(err, -EPERM, "%s: others than root can write it and change what root does: chmod go-w %s",
			    name, name);
	return 0;
}

/* Returns 1 if the file was read, 0 if there is no such file. */
static int docs_load(struct docs *docs, const struct root *root, const char *path, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	_cleanup_close_ int fd = root_openf(root, JSON_DOC_OPEN, "%s", path);
	int r = 0;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fail(err, fd, "%s: %m", path);
	/* A captured tree belongs to the user who captured it, and is only read. */
	if (root->live)
		r = check_trust(fd, path, err);
	if (r >= 0)
		r = json_doc_read(fd, path, JSON_DOC_MAX, &doc, err);
	if (r >= 0)
		r = docs_add(docs, &doc, err);
	return r < 0 ? r : 1;
}

static int docs_load_dropins(struct docs *docs, const struct root *root, struct error *err)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	_cleanup_close_ int dir = root_openf(root, O_RDONLY | O_DIRECTORY, "%s", CONFIG_DROPIN_DIR);
	int r = dir < 0 ? dir : 0;

	/* Whoever can write to the directory can put another file of root's there, or take one away. */
	if (r >= 0 && root->live) {
		r = check_trust(dir, CONFIG_DROPIN_DIR, err);
		if (r < 0)
			return r;
	}
	if (r >= 0)
		r = root_list(root, &names, "%s", CONFIG_DROPIN_DIR);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return fail(err, r, "%s: %m", CONFIG_DROPIN_DIR);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = NULL;

		/* Editors leave hidden files beside the file that they edit. */
		if (names.s[i][0] == '.' || !has_suffix(names.s[i], ".json"))
			continue;
		if (asprintf(&path, "%s/%s", CONFIG_DROPIN_DIR, names.s[i]) < 0)
			return fail(err, -ENOMEM, "out of memory");
		r = docs_load(docs, root, path, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool docs_have_classes(const struct docs *docs)
{
	for (size_t i = 0; i < docs->n; i++)
		if (json_object_get(docs->v[i].root, "classes"))
			return true;
	return false;
}

static int new_config(bool builtin, struct config **ret)
{
	if (builtin)
		return config_builtin(ret);
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static int docs_to_config(const struct docs *docs, struct config **ret, struct error *err)
{
	_cleanup_config_ struct config *config = NULL;
	_cleanup_free_ struct draft *draft = calloc(1, sizeof(*draft));
	int r = draft ? new_config(!docs_have_classes(docs), &config) : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < docs->n; i++)
		r = strv_add(&config->files, docs->v[i].name);
	if (r < 0)
		return fail(err, r, "reading the configuration: %m");
	draft->config = config;
	for (size_t i = 0; r >= 0 && i < docs->n; i++)
		r = draft_merge(draft, &docs->v[i], err);
	if (r >= 0)
		r = draft_resolve(draft, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(config);
	return 0;
}

int config_load(const char *file, int sysroot_fd, struct config **ret, struct error *err)
{
	const struct root live = { .fd = AT_FDCWD, .live = true }, captured = { .fd = sysroot_fd };
	const struct root *root = file || sysroot_fd < 0 ? &live : &captured;
	_cleanup_docs_ struct docs docs = { 0 };
	int r = docs_load(&docs, root, file ? file : CONFIG_FILE, err);

	if (r == 0 && file)
		return fail(err, -ENOENT, "%s: %m", file);
	if (r >= 0 && !file)
		r = docs_load_dropins(&docs, root, err);
	return r < 0 ? r : docs_to_config(&docs, ret, err);
}

int config_parse(const char *name, const char *text, size_t len, struct config **ret, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	_cleanup_docs_ struct docs docs = { 0 };
	int r = json_doc_parse(name, text, len, &doc, err);

	if (r >= 0)
		r = docs_add(&docs, &doc, err);
	return r < 0 ? r : docs_to_config(&docs, ret, err);
}
