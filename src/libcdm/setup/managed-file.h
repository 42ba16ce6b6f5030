/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files below /etc that must outlast the boot: `cdmadm setup` writes them, `cdmadm teardown` takes them away. The
 * first line of each says whose it is and carries a checksum of the rest, so that a file which somebody edited, or
 * which was never ours, is told from one that we may replace. They are written beside their place first, all of
 * them, and renamed when nothing can be refused any more.
 */

#include "basic/root.h"

enum lasting_found {
	LASTING_NONE,    /* there is no such file */
	LASTING_OURS,    /* as it was written */
	LASTING_EDITED,  /* ours once, and changed since: whoever did that owns it now */
	LASTING_FOREIGN, /* somebody else's, or nothing that could be read as a file */
};

struct lasting_file {
	char *dir, *name; /* dir relative to the root: "etc/systemd/system/system.slice.d" */
	char *text;       /* what it shall be, with its first line; NULL: it shall go */
	char *temporary;  /* staged under this name in dir; NULL: not staged */
	enum lasting_found found;
	bool same;     /* found is just what it shall be: nothing to do */
	bool with_dir; /* the directory is ours too: it goes with the file */
	bool made_dir; /* made by lasting_stage() */
};

struct lasting {
	const struct root *root;
	struct lasting_file *v;
	size_t n;
};

/*
 * What is at dir/name now. *ret_text, when not NULL, is what follows the first line of a file of ours (owned); it is
 * NULL for any other. -ENOMEM and what reading could not get past; a missing file or directory is no error.
 */
int lasting_look(const struct root *root, const char *dir, const char *name, enum lasting_found *ret, char **ret_text);

/*
 * Adds a file that shall hold body (under a first line of ours), or, with body NULL, shall not be there. A name that
 * was added before stays as it was added. A foreign file where ours shall be is -EEXIST, and err says so; an edited
 * one is left as it is, and so is a foreign one that only shall not be there.
 */
int lasting_add(struct lasting *l, const char *dir, const char *name, const char *body, struct error *err);

/* Writes all of them beside their places. Failing, it takes back what it did. */
int lasting_stage(struct lasting *l, struct error *err);

typedef void (*lasting_fn)(void *arg, const struct lasting_file *f, int result, const char *message);

/* Puts them in their places, and takes away what shall go; tells fn of each that changes, or should have. */
void lasting_commit(struct lasting *l, lasting_fn fn, void *arg);

/* Takes away what was staged and not committed. */
void lasting_free(struct lasting *l);
#define _cleanup_lasting_ _cleanup_(lasting_free)
