/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A temporary directory for files made by hand; it is removed at the end of its scope. */

#include "basic/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

struct tree {
	char dir[32];
	int fd;
};

static int tree_remove_one(const char *path, const struct stat *st _unused_, int type _unused_, struct FTW *ftw _unused_)
{
	return remove(path);
}

static void tree_free(struct tree *t)
{
	close(t->fd);
	nftw(t->dir, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
#define _cleanup_tree_ _cleanup_(tree_free)

static struct tree tree_new(void)
{
	struct tree t = { .dir = "/tmp/cdm-test-XXXXXX" };

	if (!mkdtemp(t.dir))
		abort();
	t.fd = open(t.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t.fd < 0)
		abort();
	return t;
}

/* Returns the path of a file in the tree: path is absolute, as if the tree were "/". Owned. */
static char *tree_path(const struct tree *t, const char *path)
{
	char *full = NULL;

	if (asprintf(&full, "%s%s", t->dir, path) < 0)
		abort();
	return full;
}

/* Writes a file, and creates the directories above it. */
static _unused_ void tree_put(const struct tree *t, const char *path, const char *content)
{
	_cleanup_free_ char *full = tree_path(t, path);
	FILE *f;

	for (char *p = full + strlen(t->dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			abort();
	}
	f = fopen(full, "we");
	if (!f || fputs(content, f) < 0 || fclose(f) != 0 || chmod(full, 0644) < 0)
		abort();
}
