/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For readers of files: a directory that stands in for the system, and is removed when the program ends. */

#include "basic/root.h"
#include "../unit/tree.h"

static struct tree fuzz_tree = { .fd = -1 };

static void fuzz_tree_free(void)
{
	tree_free(&fuzz_tree);
}

/* Returns the root to read from; it is writable. */
static _unused_ struct root fuzz_root(void)
{
	if (fuzz_tree.fd < 0) {
		struct tree memory = { .dir = "/dev/shm/cdm-fuzz-XXXXXX" };

		/* /dev/shm, where it exists, is a hundred times as fast as a disk. */
		memory.fd = mkdtemp(memory.dir) ? open(memory.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		fuzz_tree = memory.fd >= 0 ? memory : tree_new();
		atexit(fuzz_tree_free);
	}
	return (struct root){ .fd = fuzz_tree.fd, .live = true };
}

/* Writes a file: path is relative, and its directory must exist. */
static _unused_ void fuzz_put(const char *path, const void *data, size_t size)
{
	_cleanup_close_ int fd = openat(fuzz_root().fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	/* ftruncate() instead of O_TRUNC, after which ext4 writes a file to disk as soon as it is closed. */
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || ftruncate(fd, (off_t)size) < 0)
		abort();
}
