/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Power fails during `cdmadm setup`: after each change of the disk in turn, and what was not synchronized is lost. Each
 * file is then as it was or complete; the mark that makes the next boot act is there only if all others are; and the
 * next setup finishes the work.
 */

#include "basic/strutil.h"
#include "check.h"
#include "cdmadm/boot-files.h"
#include "libcdm/setup/dropin.h"
#include "libcdm/setup/managed-file.h"
#include "tree.h"

#include <limits.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The disk: these functions stand before libc's ------------------------------------------------------------------- */

static unsigned changes_left = UINT_MAX;
static int unsynced[64]; /* descriptors of files with data that is not on the disk yet */
static size_t n_unsynced;

/* Power fails: what was written, and not synchronized, is not there. */
static void change(void)
{
	if (changes_left-- > 0)
		return;
	while (n_unsynced > 0)
		(void)!ftruncate(unsynced[--n_unsynced], 0);
	_exit(0);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	change();
	if (changes_left < UINT_MAX / 2 && n_unsynced < ELEMENTSOF(unsynced))
		unsynced[n_unsynced++] = dup(fd);
	return syscall(SYS_write, fd, buf, n);
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

/* The real one would only take time. */
int fsync(int fd)
{
	size_t kept = 0;

	change();
	for (size_t i = 0; i < n_unsynced; i++)
		if (!is_same_file(fd, unsynced[i]))
			unsynced[kept++] = unsynced[i];
	n_unsynced = kept;
	return 0;
}

int renameat(int a, const char *from, int b, const char *to)
{
	change();
	return (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
	change();
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	change();
	return (int)syscall(SYS_mkdirat, dir, path, mode);
}

/* What setup prints is of no interest here. */
void step_log_add(struct step_log *log _unused_, const char *what _unused_, const char *target _unused_,
		  enum step_result result _unused_, const char *message _unused_)
{
}

/* A machine --------------------------------------------------------------------------------------------------------- */

static struct node nodes[] = {
	{ .id = 0, .exists = true, .has_cpu = true, .state = NODE_ONLINE, .zone = ZONE_KERNEL, .cpus = (char *)"0" },
	{ .id = 1, .state = NODE_ABSENT, .cpus = (char *)"" },
};
static struct cgroup cgroups[] = { { .path = (char *)"", .has_cpuset = true },
				   { .path = (char *)"own.slice", .has_cpuset = true },
				   { .path = (char *)"system.slice", .has_cpuset = true } };
static struct topology topology = { .nodes = nodes, .n_nodes = ELEMENTSOF(nodes) };
static struct cgroups tree = { .world = WORLD_V2_SYSTEMD, .v = cgroups, .n = ELEMENTSOF(cgroups) };

/* What setup does with the disk; *ret: the files. */
static int set_up(const struct root *root, const struct config *config, struct lasting *l)
{
	_cleanup_strv_ struct strv notes = STRV_NONE;
	struct snapshot now = { .topology = &topology, .cgroups = &tree };
	struct step_log log = { .quiet = true };
	struct boot_changes changes = { 0 };
	struct nodeset known = nodeset_of(0);
	int r = classify(&topology, config, &known, &now.classes);

	l->root = root;
	if (r >= 0)
		r = boot_prepare(root, config, &now, l, &notes, NULL);
	if (r >= 0)
		boot_commit(l, &log, &changes);
	classification_free(now.classes);
	return r;
}

static struct tree disk_new(void)
{
	struct tree t = tree_new();

	tree_put(&t, "/etc/systemd/system/x", "");
	tree_put(&t, "/etc/cdm/x", "");
	tree_put(&t, "/etc/udev/rules.d/x", "");
	tree_put(&t, "/usr/lib/udev/rules.d/80-online.rules",
		 "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}=\"online\"\n");
	return t;
}

/* Setup, until power fails before its change number n. Returns whether it was done before. */
static bool set_up_until(const struct root *root, const struct config *config, unsigned n)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		_cleanup_lasting_ struct lasting l = { 0 };

		changes_left = n;
		if (set_up(root, config, &l) < 0)
			_exit(2);
		_exit(1);
	}
	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		abort();
	return WEXITSTATUS(status) == 1;
}

/* What became of the files that a whole setup writes. Returns how many are missing, or -1: one is neither. */
static int missing(const struct root *root, const struct lasting *whole, bool *ret_mark)
{
	int n = 0;

	for (size_t i = 0; i < whole->n; i++) {
		const struct lasting_file *f = &whole->v[i];
		enum lasting_found found;

		if (lasting_look(root, f->dir, f->name, &found, NULL) < 0 ||
		    (found != LASTING_NONE && found != LASTING_OURS)) {
			printf("# /%s/%s: %d\n", f->dir, f->name, (int)found);
			return -1;
		}
		n += found == LASTING_NONE;
		if (streq(f->name, "set-up"))
			*ret_mark = found == LASTING_OURS;
	}
	return n;
}

TEST(a_setup_without_power_leaves_whole_files_and_the_mark_comes_last)
{
	_cleanup_config_ struct config *config = NULL;
	_cleanup_tree_ struct tree good = disk_new();
	_cleanup_lasting_ struct lasting whole = { 0 };
	struct root good_root = { .fd = good.fd, .live = true };
	bool done = false, mark;
	unsigned n = 0;

	CHECK_INT(config_builtin(&config), ==, 0);
	CHECK_INT(set_up(&good_root, config, &whole), ==, 0);
	CHECK_INT(whole.n, >=, 6);
	for (; !done; n++) {
		_cleanup_tree_ struct tree disk = disk_new();
		_cleanup_lasting_ struct lasting again = { 0 };
		struct root root = { .fd = disk.fd, .live = true };
		int left;

		done = set_up_until(&root, config, n);
		left = missing(&root, &whole, &mark);
		if (left < 0 || (mark && left > 0) || (done && left > 0))
			CHECK_FAIL("before change %u: %d files missing, mark %d", n, left, mark);
		CHECK_INT(set_up(&root, config, &again), ==, 0);
		CHECK_INT(missing(&root, &whole, &mark), ==, 0);
		for (size_t i = 0; i < whole.n; i++) {
			_cleanup_free_ char *path = NULL;

			CHECK(asprintf(&path, "%s/.%s.cdm-new", whole.v[i].dir, whole.v[i].name) > 0);
			if (root_exists(&root, "%s", path))
				CHECK_FAIL("before change %u: /%s is left", n, path);
		}
	}
	printf("# %u changes, %zu files\n", n - 1, whole.n);
}

CHECK_MAIN()
