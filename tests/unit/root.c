/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The rooted accessor: links cannot leave the root, also while directories are being renamed. */

#include "check.h"

#include "basic/root.h"
#include "tree.h"

#include <signal.h>
#include <sys/wait.h>

#define LOOKS 50000
#define RENAMERS 2

/* Renames a directory back and forth until it is killed. */
static pid_t start_renaming(const struct tree *tree, int i)
{
	char from[64], to[64];
	pid_t pid;

	snprintf(from, sizeof(from), "%s/%d-one", tree->dir, i);
	snprintf(to, sizeof(to), "%s/%d-two", tree->dir, i);
	if (mkdir(from, 0755) < 0)
		return -1;
	pid = fork();
	while (pid == 0)
		if (rename(from, to) < 0 || rename(to, from) < 0)
			_exit(1);
	return pid;
}

/* openat2(2) may fail to follow ".." (EAGAIN) while anything on the machine is renamed, by any user. */
TEST(reads_succeed_while_other_directories_are_renamed)
{
	_cleanup_tree_ struct tree tree = tree_new(), other = tree_new();
	_cleanup_free_ char *link = tree_path(&tree, "/a/b/link");
	_cleanup_root_ struct root root = ROOT_NONE;
	pid_t pids[RENAMERS];
	int failed = 0;

	tree_put(&tree, "/a/b/file", "1\n");
	tree_put(&tree, "/c/d/value", "2\n");
	CHECK_INT(symlink("../../c/d", link), ==, 0);
	CHECK_INT(root_open(tree.dir, &root, NULL), ==, 0);
	for (int i = 0; i < RENAMERS; i++) {
		pids[i] = start_renaming(&other, i);
		CHECK_INT(pids[i], >, 0);
	}
	for (int i = 0; i < LOOKS; i++) {
		uint64_t value = 0;

		failed += root_read_u64(&root, &value, "a/b/link/../d/value") < 0 || value != 2;
	}
	for (int i = 0; i < RENAMERS; i++) {
		CHECK_INT(kill(pids[i], SIGKILL), ==, 0);
		CHECK_INT(waitpid(pids[i], NULL, 0), ==, pids[i]);
	}
	CHECK_INT(failed, ==, 0);
}

CHECK_MAIN()
