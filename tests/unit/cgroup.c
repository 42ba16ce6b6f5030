/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Cgroups read from trees of each world: v2, v2 under systemd, v1, and hybrid mounts. */

#include "check.h"
#include "libcdm/cgroup/cgroup-internal.h"

#include "basic/strutil.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>

/* A tree made by hand in a temporary directory, read like a captured one. */
struct tree {
	char *dir;
	struct root root;
	struct cgroups *g;
	struct error err;
};

static int remove_one(const char *path, const struct stat *st _unused_, int type _unused_, struct FTW *ftw _unused_)
{
	return remove(path);
}

static void tree_free(struct tree *t)
{
	cgroups_free(t->g);
	error_reset(&t->err);
	root_close(&t->root);
	if (t->dir)
		nftw(t->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t->dir);
}
#define _cleanup_tree_ _cleanup_(tree_free)

static struct tree tree_new(void)
{
	struct tree t = { .root = ROOT_NONE };
	char dir[] = "/tmp/cdm-cgroup-XXXXXX";

	if (!mkdtemp(dir) || root_open(dir, &t.root, NULL) < 0)
		abort();
	t.dir = strdup(dir);
	return t;
}

static int read_tree(struct tree *t, cgroup_descend_fn descend, const void *arg)
{
	int r;

	cgroups_free(t->g);
	t->g = NULL;
	r = cgroups_open(&t->root, &t->g, &t->err);
	return r < 0 ? r : cgroups_read(&t->root, t->g, descend, arg, &t->err);
}

/* Writes a file, and makes the directories above it; content NULL: makes a directory only. */
static void put(const struct tree *t, const char *path, const char *content)
{
	_cleanup_free_ char *copy = NULL;
	_cleanup_fclose_ FILE *f = NULL;

	if (asprintf(&copy, "%s/%s%s", t->dir, path, content ? "" : "/") < 0)
		abort();
	for (char *p = copy + strlen(t->dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			abort();
	}
	if (!content)
		return;
	f = fopen(copy, "we");
	if (!f || fputs(content, f) < 0)
		abort();
}

/* Makes a v2 cgroup; mems NULL: without the cpuset controller. */
static void put_v2(const struct tree *t, const char *path, const char *mems, const char *effective, const char *subtree)
{
	const struct {
		const char *name, *value;
	} files[] = {
		{ "cpuset.mems", *path ? mems : NULL },
		{ "cpuset.mems.effective", effective },
		{ "cgroup.events", *path ? "populated 1\nfrozen 0\n" : NULL },
		{ "cgroup.controllers", "cpuset cpu io memory\n" },
		{ "cgroup.subtree_control", subtree },
	};

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *file = NULL;

		if (!files[i].value)
			continue;
		if (asprintf(&file, "sys/fs/cgroup/%s/%s", path, files[i].name) < 0)
			abort();
		put(t, file, files[i].value);
	}
}

static const char mounts_v2[] =
	"proc /proc proc rw 0 0\n"
	"cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nsdelegate 0 0\n"
	"cgroup2 /run/other/cgroup2 cgroup2 rw 0 0\n";

static bool into_groups(const char *path, const void *arg)
{
	return streq(path, arg);
}

static struct tree tree_v2(void)
{
	struct tree t = tree_new();

	put(&t, "proc/mounts", mounts_v2);
	put_v2(&t, "", NULL, "0-2\n", "cpuset memory\n");
	put_v2(&t, "system.slice", "0\n", "0\n", "memory\n");
	put_v2(&t, "system.slice/ssh.service", NULL, NULL, "\n");
	put_v2(&t, "cdm.slice", "0-3\n", "0-2\n", "cpuset\n");
	put_v2(&t, "cdm.slice/b.scope", "\n", "0-2\n", "\n");
	put_v2(&t, "cdm.slice/a.scope", "1\n", "1\n", "\n");
	put_v2(&t, "init.scope", "\n", "0-2\n", "\n");
	return t;
}

TEST(a_v2_tree_is_read_down_to_its_groups)
{
	static const char *const paths[] = { "",           "cdm.slice",   "cdm.slice/a.scope", "cdm.slice/b.scope",
					     "init.scope", "system.slice" };
	_cleanup_tree_ struct tree t = tree_v2();
	const struct cgroup *c;

	CHECK_INT(read_tree(&t, into_groups, "cdm.slice"), ==, 0);
	CHECK_STR(cgroup_world_name(t.g->world), "v2");
	CHECK_STR(t.g->mount, "sys/fs/cgroup");
	CHECK(t.g->cpuset_available);
	CHECK_INT(t.g->n, ==, ELEMENTSOF(paths));
	for (size_t i = 0; i < ELEMENTSOF(paths); i++)
		CHECK_STR(t.g->v[i].path, paths[i]);

	c = cgroups_find(t.g, "");
	CHECK(c && c->has_cpuset && !c->explicit && c->cpuset_below);
	CHECK_STR(NODESET_STR(&c->effective), "0-2");
	c = cgroups_find(t.g, "cdm.slice");
	CHECK(c && c->has_cpuset && c->explicit && c->cpuset_below);
	CHECK_STR(NODESET_STR(&c->mems), "0-3");
	CHECK_STR(NODESET_STR(&c->effective), "0-2");
	c = cgroups_find(t.g, "init.scope");
	CHECK(c && c->has_cpuset && !c->explicit && !c->cpuset_below);
	c = cgroups_find(t.g, "system.slice");
	CHECK(c && !c->cpuset_below);
	CHECK(!cgroups_find(t.g, "system.slice/ssh.service"));
}

TEST(a_cgroup_without_cpuset_has_its_parents_effective_nodes)
{
	_cleanup_tree_ struct tree t = tree_v2();
	const struct cgroup *c;

	CHECK_INT(read_tree(&t, into_groups, "system.slice"), ==, 0);
	c = cgroups_find(t.g, "system.slice/ssh.service");
	CHECK(c && !c->has_cpuset && !c->explicit);
	CHECK(nodeset_empty(&c->mems));
	CHECK_STR(NODESET_STR(&c->effective), "0");
}

TEST(populated_is_read_for_leaves_and_for_cgroups_without_a_list)
{
	_cleanup_tree_ struct tree t = tree_v2();

	put_v2(&t, "cdm.slice/cdm-launch-1", "0-3\n", "0-2\n", "\n");
	put_v2(&t, "cdm.slice/cdm-launch-2", "0-3\n", "0-2\n", "\n");
	put(&t, "sys/fs/cgroup/cdm.slice/b.scope/cgroup.events", "populated 0\nfrozen 1\n");
	put(&t, "sys/fs/cgroup/cdm.slice/cdm-launch-2/cgroup.events", "populated 0\nfrozen 1\n");
	CHECK_INT(read_tree(&t, into_groups, "cdm.slice"), ==, 0);
	CHECK(!cgroups_find(t.g, "cdm.slice")->populated);
	CHECK(!cgroups_find(t.g, "cdm.slice/b.scope")->populated);
	CHECK(cgroups_find(t.g, "cdm.slice/cdm-launch-1")->populated);
	CHECK(!cgroups_find(t.g, "cdm.slice/cdm-launch-2")->populated);
	CHECK(cgroups_find(t.g, "init.scope")->populated);
}

TEST(systemd_is_recognized_by_its_directory_in_run)
{
	_cleanup_tree_ struct tree t = tree_v2();

	put(&t, "run/systemd/system", NULL);
	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_STR(cgroup_world_name(t.g->world), "v2+systemd");
}

TEST(a_captured_tree_needs_no_mount_table)
{
	_cleanup_tree_ struct tree t = tree_v2();

	CHECK_INT(unlinkat(t.root.fd, "proc/mounts", 0), ==, 0);
	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_STR(t.g->mount, "sys/fs/cgroup");
	CHECK_INT(t.g->n, ==, 4);
}

TEST(the_error_lists_the_available_controllers)
{
	_cleanup_tree_ struct tree t = tree_v2();

	put(&t, "sys/fs/cgroup/cgroup.controllers", "cpu io memory cpuset2\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, -ENODEV);
	CHECK(strstr(error_text(&t.err), "/sys/fs/cgroup/cgroup.controllers: cpu io memory cpuset2"));
	CHECK(strstr(error_text(&t.err), "CONFIG_CPUSETS"));
	CHECK(!t.g->mount);
}

TEST(the_error_says_how_to_get_the_cpuset_controller)
{
	static const struct {
		const char *mounts, *controllers, *cgroups, *says;
	} cases[] = {
		{ mounts_v2, "cpu memory\n", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t1\t0\ncpu\t0\t1\t1\n",
		  "boot without cgroup_disable=cpuset" },
		{ mounts_v2, "cpu memory\n", "cpuset\t4\t12\t1\n", "mount -t cgroup -o cpuset cpuset /sys/fs/cgroup/cpuset" },
		{ mounts_v2, "cpu memory\n", "cpuset\t4\t12\t1\n", "systemd.unified_cgroup_hierarchy=1" },
		{ mounts_v2, "cpu memory\n", "cpuset\t0\t12\t1\n", "did not delegate it" },
		{ mounts_v2, "cpu memory\n", "cpu\t0\t12\t1\n", "CONFIG_CPUSETS" },
		{ "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n", NULL, "cpuset\t0\t1\t1\n", "beside other v1 controllers" },
		{ "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n", NULL, "cpuset\t0\t1\t0\n", "cgroup_disable=cpuset" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_tree_ struct tree t = tree_new();

		put(&t, "proc/mounts", cases[i].mounts);
		put(&t, "proc/cgroups", cases[i].cgroups);
		if (cases[i].controllers)
			put(&t, "sys/fs/cgroup/cgroup.controllers", cases[i].controllers);
		CHECK_INT(read_tree(&t, NULL, NULL), ==, -ENODEV);
		if (!strstr(error_text(&t.err), cases[i].says))
			CHECK_FAIL("%zu: %s", i, error_text(&t.err));
	}
}

TEST(the_error_says_how_to_mount_cgroup2)
{
	_cleanup_tree_ struct tree t = tree_new();

	put(&t, "proc/mounts", "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, -ENODEV);
	CHECK(strstr(error_text(&t.err), "mount -t cgroup2"));
}

static struct tree tree_v1(void)
{
	struct tree t = tree_new();

	put(&t, "proc/mounts",
	    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
	    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
	    "cgroup /sys/fs/cgroup/my\\040cpuset cgroup rw,clone_children,cpuset 0 0\n");
	put(&t, "run/systemd/system", NULL);
	put(&t, "sys/fs/cgroup/unified/cgroup.controllers", "memory\n");
	put(&t, "sys/fs/cgroup/my cpuset/cpuset.mems", "0-1\n");
	put(&t, "sys/fs/cgroup/my cpuset/cpuset.effective_mems", "0-1\n");
	put(&t, "sys/fs/cgroup/my cpuset/cgroup.procs", "1\n2\n");
	put(&t, "sys/fs/cgroup/my cpuset/lab/cpuset.mems", "1\n");
	return t;
}

TEST(on_a_hybrid_system_the_v1_cpuset_is_used)
{
	_cleanup_tree_ struct tree t = tree_v1();
	const struct cgroup *c;

	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_STR(cgroup_world_name(t.g->world), "v1");
	CHECK_STR(t.g->mount, "sys/fs/cgroup/my cpuset");
	CHECK_INT(t.g->n, ==, 2);
	c = cgroups_find(t.g, "");
	CHECK(c && c->has_cpuset && c->explicit && c->cpuset_below);
	c = cgroups_find(t.g, "lab");
	CHECK(c && c->has_cpuset && c->explicit && !c->populated);
	CHECK_STR(NODESET_STR(&c->effective), "1");
}

TEST(v1_is_read_completely_and_kernel_threads_are_no_strays)
{
	_cleanup_tree_ struct tree t = tree_v1();

	put(&t, "sys/fs/cgroup/my cpuset/lab/deep/cpuset.mems", "\n");
	put(&t, "sys/fs/cgroup/my cpuset/lab/deep/cgroup.procs", "");
	put(&t, "sys/fs/cgroup/my cpuset/lab/cpuset.memory_migrate", "1\n");
	put(&t, "sys/fs/cgroup/my cpuset/cgroup.procs", "1\n2\n3\n4\n5\n6\n");
	put(&t, "proc/1/stat", "1 (init) S 0 1 1 0 -1 4194560 1 1\n");
	put(&t, "proc/2/stat", "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0\n");
	put(&t, "proc/3/stat", "3 (a) b) R 1 3 3 0 -1 4194304 1 1\n");
	put(&t, "proc/4/stat", "4 (dead) Z 1 3 3 0 -1 4194304 1 1\n");
	put(&t, "proc/5/stat", "5 (bound) S 1 3 3 0 -1 71303168 1 1\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_INT(t.g->n, ==, 3);
	CHECK_INT(t.g->strays, ==, 2);
	CHECK(cgroups_find(t.g, "lab")->migrates);
	CHECK(!cgroups_find(t.g, "lab/deep")->migrates && !cgroups_find(t.g, "lab/deep")->explicit);
}

static bool vanish(const char *path, const void *arg)
{
	const struct tree *t = arg;
	_cleanup_free_ char *dir = NULL;

	if (!streq(path, "cdm.slice"))
		return false;
	/* cdm.slice vanishes when the reader is about to enter it, init.scope before the reader gets there. */
	for (int i = 0; i < 2; i++) {
		free(dir);
		if (asprintf(&dir, "%s/sys/fs/cgroup/%s", t->dir, i ? "init.scope" : "cdm.slice") < 0)
			abort();
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	return true;
}

TEST(a_cgroup_that_vanishes_while_being_read_is_no_error)
{
	_cleanup_tree_ struct tree t = tree_v2();

	CHECK_INT(read_tree(&t, vanish, &t), ==, 0);
	CHECK_INT(t.g->n, ==, 3);
	CHECK(cgroups_find(t.g, "system.slice") && cgroups_find(t.g, "cdm.slice"));
	CHECK(!cgroups_find(t.g, "init.scope") && !cgroups_find(t.g, "cdm.slice/a.scope"));
}

TEST(the_error_about_an_invalid_list_names_cgroup_and_file)
{
	_cleanup_tree_ struct tree t = tree_v2();

	put(&t, "sys/fs/cgroup/cdm.slice/cpuset.mems", "0-x\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, -EINVAL);
	CHECK(strstr(error_text(&t.err), "cgroup /cdm.slice: reading cpuset.mems"));
}

TEST(directories_of_any_name_are_cgroups_and_links_are_not)
{
	_cleanup_tree_ struct tree t = tree_v2();

	put_v2(&t, "evil\033[2J", "\n", "0-2\n", "\n");
	put_v2(&t, "system.slice/x.slice", "\n", "0-2\n", "\n");
	CHECK_INT(symlinkat("../../..", t.root.fd, "sys/fs/cgroup/link"), ==, 0);
	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_INT(t.g->n, ==, 5);
	CHECK(cgroups_find(t.g, "evil\033[2J"));
	CHECK(!cgroups_find(t.g, "link"));
}

/* A v1 hierarchy mounted with noprefix. A missing file is an error, not an empty list. */
TEST(a_v1_hierarchy_mounted_with_noprefix_is_read)
{
	_cleanup_tree_ struct tree t = tree_new();

	put(&t, "proc/mounts", "cpuset /dev/cpuset cgroup rw,relatime,cpuset,noprefix 0 0\n");
	put(&t, "dev/cpuset/mems", "0-1\n");
	put(&t, "dev/cpuset/effective_mems", "0-1\n");
	put(&t, "dev/cpuset/a/mems", "0\n");
	put(&t, "dev/cpuset/a/effective_mems", "0\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_INT(t.g->n, ==, 2);
	CHECK_STR(NODESET_STR(&t.g->v[0].mems), "0-1");
	CHECK(t.g->v[1].explicit && nodeset_count(&t.g->v[1].effective) == 1);
	put(&t, "proc/mounts", "cpuset /dev/cpuset cgroup rw,relatime,cpuset 0 0\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, -ENOTSUP);
	CHECK(strstr(error_text(&t.err), "it has no file cpuset.mems"));
}

TEST(cgroup_path_is_safe_refuses_dots_and_empty_components)
{
	static const struct {
		const char *path;
		bool safe;
	} cases[] = {
		{ "", true },
		{ "cdm.slice", true },
		{ "a/b c/d", true },
		{ "..a/b..", true },
		{ "a/.b", true },
		{ "user-1000\\x2d1.slice", true },
		{ "caf\303\251", true },
		{ "/a", false },
		{ "a/", false },
		{ "a//b", false },
		{ ".", false },
		{ "..", false },
		{ "a/..", false },
		{ "../a", false },
		{ "a/../b", false },
		{ "a/./b", false },
		{ "a\nb", true },
		{ "a\033b", true },
		{ "a\177", true },
		{ "/", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (cgroup_path_is_safe(cases[i].path) != cases[i].safe)
			CHECK_FAIL("\"%s\" should be %s", cases[i].path, cases[i].safe ? "safe" : "unsafe");
}

TEST(cgroup_is_below_compares_whole_components)
{
	CHECK(cgroup_is_below("cdm.slice", "cdm.slice"));
	CHECK(cgroup_is_below("cdm.slice/a.scope", "cdm.slice"));
	CHECK(cgroup_is_below("cdm.slice", ""));
	CHECK(!cgroup_is_below("cdm.slice2", "cdm.slice"));
	CHECK(!cgroup_is_below("cdm", "cdm.slice"));
	CHECK(!cgroup_is_below("a/cdm.slice", "cdm.slice"));
}

TEST(cgroup_unit_finds_the_systemd_unit_of_a_path)
{
	static const struct {
		const char *path, *unit;
	} cases[] = {
		{ "", NULL },
		{ "cdm.slice", "cdm.slice" },
		{ "init.scope", "init.scope" },
		{ "dev-hugepages.mount", "dev-hugepages.mount" },
		{ "system.slice/ssh.service", "ssh.service" },
		{ "system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service" },
		{ "a.slice/a-b.slice", "a-b.slice" },
		{ "a.slice/a-b.slice/a-b-c.slice", "a-b-c.slice" },
		{ "system.slice/system-serial\\x2dgetty.slice", "system-serial\\x2dgetty.slice" },
		/* Escaped by systemd's cg_escape(). */
		{ "_cpuset.slice", "cpuset.slice" },
		{ "system.slice/_cpu.service", "cpu.service" },
		{ "system.slice/__x.service", "_x.service" },
		/* Made by hand, not by systemd. */
		{ "lab", NULL },
		{ "lab/cdm.slice", NULL },
		{ "system.slice/lab", NULL },
		{ "cdm.slice/cdm-launch-12", NULL },
		/* Slices that are not below their parent slice. */
		{ "a-b.slice", NULL },
		{ "a.slice/b.slice", NULL },
		{ "a.slice/ab.slice", NULL },
		{ "b.slice/a-b.slice", NULL },
		{ "b.slice/a-c.slice/x.service", NULL },
		/* Below a delegated cgroup. */
		{ "user.slice/user-1000.slice/user@1000.service", "user@1000.service" },
		{ "user.slice/user-1000.slice/user@1000.service/ssh.service", NULL },
		{ "user.slice/user-1000.slice/user@1000.service/app.slice/x.service", NULL },
		{ "machine.slice/vm.scope/init.scope", NULL },
		/* Invalid unit names. */
		{ "system.slice/a b.service", NULL },
		{ "system.slice/caf\303\251.service", NULL },
		{ "system.slice/.service", NULL },
		{ "system.slice/@x.service", NULL },
		{ "system.slice/x.serviced", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *unit = NULL;
		int r = cgroup_unit(cases[i].path, &unit);

		if (r != !!cases[i].unit || (cases[i].unit && !streq(unit, cases[i].unit)))
			CHECK_FAIL("\"%s\" is \"%s\"", cases[i].path, unit ? unit : "no unit");
	}
}

TEST(a_unit_name_has_255_characters_at_most)
{
	_cleanup_free_ char *path = malloc(300), *unit = NULL;

	memset(path, 'x', 300);
	memcpy(path + 255 - strlen(".scope"), ".scope", sizeof(".scope"));
	CHECK_INT(cgroup_unit(path, &unit), ==, 1);
	memset(path, 'x', 256);
	memcpy(path + 256 - strlen(".scope"), ".scope", sizeof(".scope"));
	CHECK_INT(cgroup_unit(path, &unit), ==, 0);
}

TEST(cgroup_of_pid_finds_the_cgroup_of_a_process)
{
	static const char lines[] = "12:cpu,cpuset:/lab/x\n1:name=systemd:/user.slice\n0::/cdm.slice/a:b.scope\n";
	_cleanup_tree_ struct tree t = tree_v2();
	_cleanup_free_ char *self = NULL, *other = NULL, *v1 = NULL, *none = NULL;

	put(&t, "proc/self/cgroup", "0::/\n");
	put(&t, "proc/42/cgroup", lines);
	put(&t, "proc/43/cgroup", "5:cpu:/x\n");
	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_INT(cgroup_of_pid(&t.root, t.g, 0, &self, &t.err), ==, 0);
	CHECK_STR(self, "");
	CHECK_INT(cgroup_of_pid(&t.root, t.g, 42, &other, &t.err), ==, 0);
	CHECK_STR(other, "cdm.slice/a:b.scope");
	CHECK_INT(cgroup_of_pid(&t.root, t.g, 43, &none, &t.err), ==, -ENODATA);
	CHECK_INT(cgroup_of_pid(&t.root, t.g, 44, &none, &t.err), ==, -ENOENT);
	t.g->world = WORLD_V1;
	CHECK_INT(cgroup_of_pid(&t.root, t.g, 42, &v1, &t.err), ==, 0);
	CHECK_STR(v1, "lab/x");
}

TEST(a_captured_tree_is_never_changed)
{
	_cleanup_tree_ struct tree t = tree_v2();
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	struct nodeset zero = nodeset_of(0);
	char *where = NULL;

	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	CHECK_INT(cgroup_ctl_new(&t.root, t.g, &ctl, &t.err), ==, 0);
	CHECK_INT(cgroup_set_mems(ctl, "cdm.slice", &zero, &t.err), ==, -EROFS);
	CHECK_INT(cgroup_make(ctl, "lab", &t.err), ==, -EROFS);
	CHECK_INT(cgroup_remove(ctl, "init.scope", &t.err), ==, -EROFS);
	CHECK_INT(cgroup_enable_cpuset(ctl, "", &t.err), ==, -EROFS);
	CHECK_INT(cgroup_enter(ctl, 0, "cdm.slice", &zero, &where, &t.err), ==, -EROFS);
}

TEST(operations_refuse_unsafe_paths_and_missing_cgroups)
{
	_cleanup_tree_ struct tree t = tree_v2();
	_cleanup_cgroup_ctl_ struct cgroup_ctl *ctl = NULL;
	struct nodeset zero = nodeset_of(0), none = NODESET_EMPTY;
	char *where = NULL;

	CHECK_INT(read_tree(&t, NULL, NULL), ==, 0);
	t.root.live = true;
	CHECK_INT(cgroup_ctl_new(&t.root, t.g, &ctl, &t.err), ==, 0);
	CHECK_INT(cgroup_set_mems(ctl, "a/../\033b", &zero, &t.err), ==, -EINVAL);
	CHECK(strstr(error_text(&t.err), "\"a/../\\x1bb\""));
	CHECK_INT(cgroup_set_mems(ctl, "", &zero, &t.err), ==, -EINVAL);
	CHECK_INT(cgroup_make(ctl, "/lab", &t.err), ==, -EINVAL);
	CHECK_INT(cgroup_remove(ctl, "", &t.err), ==, -EINVAL);
	CHECK_INT(cgroup_enter(ctl, 0, "cdm.slice", &none, &where, &t.err), ==, -EINVAL);
	/* A missing cgroup and a cgroup without cpuset give different errors. */
	CHECK_INT(cgroup_set_mems(ctl, "none", &zero, &t.err), ==, -ENOENT);
	CHECK_INT(cgroup_set_mems(ctl, "system.slice/ssh.service", &zero, &t.err), ==, -EOPNOTSUPP);
	CHECK_INT(cgroup_set_mems(ctl, "init.scope", &zero, &t.err), ==, 0);
}

CHECK_MAIN()
