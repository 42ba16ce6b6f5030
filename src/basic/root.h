/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cleanup.h"
#include "error.h"
#include "nodeset.h"
#include "strv.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The rooted accessor: every file of the kernel is read and written relative to one directory. On the running system
 * that is "/"; with --sysroot it is a captured tree, which symbolic links cannot leave (openat2(2), RESOLVE_IN_ROOT)
 * and which is never written.
 */
struct root {
	int fd;
	bool live; /* the running system: writable, and current */
};

#define ROOT_NONE ((struct root){ .fd = -1 })

/* dir NULL or "/" is the running system. */
_must_use_ int root_open(const char *dir, struct root *ret, struct error *err);
void root_close(struct root *root);
#define _cleanup_root_ _cleanup_(root_close)

/*
 * Files of the kernel are small, but maps of a process with many mappings is not. What may be larger is streamed
 * (lines.h).
 */
#define ROOT_FILE_MAX (64U << 20)

/*
 * Whether reading failed although the file may well exist: no memory, no descriptors, interrupted, an I/O error. All
 * other errors say something about the file: it does not exist, it may not be read, its content makes no sense. A
 * caller that decides by what exists must distinguish the two.
 */
bool root_cannot_tell(int r);

/* All of these take a printf path relative to the root ("sys/devices/..."), and return negative errno. */

/* Opens with O_CLOEXEC; flags as for open(2). Returns the descriptor. */
_must_use_ int root_openf(const struct root *root, int flags, const char *fmt, ...) _printf_(3, 4) _nonnull_(1, 3);

/* Reads the whole file, NUL-terminated, at most ROOT_FILE_MAX bytes (-EFBIG). ret_len may be NULL. */
_must_use_ int root_read(const struct root *root, char **ret, size_t *ret_len, const char *fmt, ...) _printf_(4, 5)
	_nonnull_(1, 2, 4);

/*
 * Reads a file that is one value (fd_read_line()), without white space at its ends, and without NULs after it (lists of
 * older kernels have them).
 */
_must_use_ int root_read_line(const struct root *root, char **ret, const char *fmt, ...) _printf_(3, 4) _nonnull_(1, 2, 3);
_must_use_ int root_read_u64(const struct root *root, uint64_t *ret, const char *fmt, ...) _printf_(3, 4)
	_nonnull_(1, 2, 3); /* decimal */
_must_use_ int root_read_hex(const struct root *root, uint64_t *ret, const char *fmt, ...) _printf_(3, 4)
	_nonnull_(1, 2, 3);
_must_use_ int root_read_nodes(const struct root *root, struct nodeset *ret, const char *fmt, ...) _printf_(3, 4)
	_nonnull_(1, 2, 3);

bool root_exists(const struct root *root, const char *fmt, ...) _printf_(2, 3) _nonnull_(1, 2);

/* Returns the target of a symbolic link, unresolved. */
_must_use_ int root_readlink(const struct root *root, char **ret, const char *fmt, ...) _printf_(3, 4) _nonnull_(1, 2, 3);

/*
 * Returns the inode number of a file. In sysfs and in a cgroup hierarchy no number is used twice in a boot, and what is
 * made later has a greater one (kernfs_new_node() counts up to 64 bits): this distinguishes a directory from a later
 * one of the same name. On a captured tree it is 0, since a copy has other numbers.
 */
_must_use_ int root_inode(const struct root *root, uint64_t *ret, const char *fmt, ...) _printf_(3, 4) _nonnull_(1, 2, 3);

/*
 * Calls fn for each name in a directory, in the directory's order, with its inode number as above, until fn fails. Does
 * not hold all of them in memory: there can be many.
 */
_must_use_ int root_each(const struct root *root, int (*fn)(const char *name, uint64_t inode, void *arg), void *arg,
			 const char *fmt, ...) _printf_(4, 5) _nonnull_(1, 2, 4);

/* Returns the names in a directory, sorted, without "." and "..". -ENOENT if it does not exist. */
_must_use_ int root_list(const struct root *root, struct strv *ret, const char *fmt, ...) _printf_(3, 4)
	_nonnull_(1, 2, 3);

/* Writes value in one write(2), as kernel files require; a short write is -EIO; -EROFS on a captured tree. */
_must_use_ int root_write(const struct root *root, const char *value, const char *fmt, ...) _printf_(3, 4)
	_nonnull_(1, 2, 3);

/*
 * An extended attribute (xattr(7)) of a directory, as text. -ENODATA: it has none of that name, or we may not see it;
 * -EOPNOTSUPP: the file system has none. value NULL removes it; -EROFS on a captured tree.
 */
_must_use_ int root_get_xattr(const struct root *root, const char *name, char **ret, const char *fmt, ...)
	_printf_(4, 5) _nonnull_(1, 2, 3, 4);
_must_use_ int root_set_xattr(const struct root *root, const char *name, const char *value, const char *fmt, ...)
	_printf_(4, 5) _nonnull_(1, 2, 4);
