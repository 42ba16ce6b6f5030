/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files below /etc that must outlast the boot: `cdmadm setup` writes them, `cdmadm teardown` removes them. The first
 * line of each names cdm-tools as its owner and has a checksum of the rest, so that files which were edited, or which
 * are not ours, are never replaced. All files are written beside their final place first, and renamed when no error can
 * be foreseen any more.
 */

#include "basic/root.h"

enum lasting_found {
	LASTING_NONE,    /* there is no such file */
	LASTING_OURS,    /* unchanged since it was written */
	LASTING_EDITED,  /* ours, but changed since: it belongs to the user who changed it */
	LASTING_FOREIGN, /* not ours, or not a readable regular file */
};

struct lasting_file {
	char *dir, *name; /* relative to the root: "etc/systemd/system/system.slice.d" */
	char *text;       /* its new content, including the first line; NULL: remove it */
	char *temporary;  /* its name in dir while it is staged; NULL: not staged */
	enum lasting_found found;
	bool same;     /* it has the right content already: nothing to do */
	bool with_dir; /* the directory is ours too, and is removed with the file */
	bool made_dir; /* made by lasting_stage() */
	bool stale;    /* a setup that was killed has left its temporary file */
};

struct lasting {
	const struct root *root;
	struct lasting_file *v;
	size_t n;
};

/*
 * Finds out what is at dir/name now. *ret_text, unless ret_text is NULL, becomes the content of a file of ours after
 * its first line (owned), and NULL for other files. Returns -ENOMEM or the error of a read; a missing file or directory
 * is no error.
 */
int lasting_look(const struct root *root, const char *dir, const char *name, enum lasting_found *ret, char **ret_text);

/*
 * Adds a file with the content body, after a first line of ours, or, if body is NULL, its removal. A name that was
 * added before stays unchanged. If a foreign file is in the place of one to write, this fails with -EEXIST and one
 * line. Edited files, and foreign files in place of one to remove, are left alone, also a directory that is a link or a
 * file. What a setup that was killed has left beside the file is removed by lasting_commit().
 */
_must_use_ int lasting_add(struct lasting *l, const char *dir, const char *name, const char *body, struct error *err);

/* The name that a temporary file stands for (owned), or NULL: it is not the name of one, or out of memory. */
char *lasting_staged_for(const char *temporary);

/* Writes all files beside their final places. If it fails, it removes what it has written. */
_must_use_ int lasting_stage(struct lasting *l, struct error *err);

typedef void (*lasting_fn)(void *arg, const struct lasting_file *f, int result, const char *message);

/*
 * Moves the files into place in the order in which they were added, and removes those to remove; calls fn for each file
 * that changes, or should have. After a failure no further file is written (-ECANCELED): it may rely on those before.
 */
void lasting_commit(struct lasting *l, lasting_fn fn, void *arg);

/* Removes files that were staged but not committed. */
void lasting_free(struct lasting *l);
#define _cleanup_lasting_ _cleanup_(lasting_free)
