/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files of setup: written completely or not at all, told from other people's files, removed without a trace. */

#include "check.h"
#include "libcdm/setup/dropin.h"
#include "libcdm/setup/udev-rules.h"
#include "tree.h"

#include "basic/strutil.h"

#define DIR "etc/systemd/system/user.slice.d"

static unsigned told, told_failed;

static void on_file(void *arg _unused_, const struct lasting_file *f _unused_, int result, const char *message _unused_)
{
	told++;
	told_failed += result < 0;
}

static struct root root_of(const struct tree *t)
{
	return (struct root){ .fd = t->fd, .live = true };
}

/*
 * Adds one file with this body, or removes it (body NULL), and commits. Returns the number of changes, or a negative
 * errno.
 */
static int put(const struct root *root, const char *body, struct error *err)
{
	_cleanup_lasting_ struct lasting l = { .root = root };
	int r = lasting_add(&l, DIR, "10-cdm.conf", body, err);

	if (r >= 0)
		r = lasting_stage(&l, err);
	if (r < 0)
		return r;
	told = told_failed = 0;
	lasting_commit(&l, on_file, NULL);
	return told_failed ? -EIO : (int)told;
}

static char *now(const struct root *root)
{
	char *text = NULL;

	return root_read(root, &text, NULL, DIR "/10-cdm.conf") < 0 ? NULL : text;
}

/* Returns the names in a directory, separated by spaces. */
static char *names(const struct root *root, const char *dir)
{
	_cleanup_strv_ struct strv v = STRV_NONE;

	return root_list(root, &v, "%s", dir) < 0 ? strdup("none") : strv_join(&v, " ");
}

TEST(a_file_is_written_once_replaced_and_removed_with_its_directory)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_free_ char *first = NULL, *second = NULL, *in_dir = NULL, *left = NULL;
	struct root root = root_of(&dir);
	enum lasting_found found;
	struct stat st;

	tree_put(&dir, "/etc/systemd/system/other", "");
	umask(077);
	CHECK_INT(put(&root, "[Slice]\nA=1\n", NULL), ==, 1);
	CHECK_INT(put(&root, "[Slice]\nA=1\n", NULL), ==, 0);
	CHECK((first = now(&root)) != NULL);
	CHECK(has_suffix(first, ".\n[Slice]\nA=1\n"));
	CHECK_INT(fstatat(dir.fd, DIR "/10-cdm.conf", &st, 0), ==, 0);
	CHECK_INT(st.st_mode, ==, S_IFREG | 0644);
	CHECK_INT(fstatat(dir.fd, DIR, &st, 0), ==, 0);
	CHECK_INT(st.st_mode, ==, S_IFDIR | 0755);
	CHECK_INT(put(&root, "[Slice]\nA=2\n", NULL), ==, 1);
	CHECK((second = now(&root)) != NULL);
	CHECK(has_suffix(second, ".\n[Slice]\nA=2\n"));
	CHECK_STR((in_dir = names(&root, DIR)), "10-cdm.conf");
	CHECK_INT(lasting_look(&root, DIR, "10-cdm.conf", &found, NULL), ==, 0);
	CHECK_INT(found, ==, LASTING_OURS);
	CHECK_INT(put(&root, NULL, NULL), ==, 1);
	CHECK_STR((left = names(&root, "etc/systemd/system")), "other");
	CHECK_INT(put(&root, NULL, NULL), ==, 0);
}

TEST(a_directory_that_existed_before_is_kept)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_free_ char *left = NULL;
	struct root root = root_of(&dir);

	tree_put(&dir, "/etc/systemd/system/x", "");
	CHECK_INT(mkdirat(dir.fd, DIR, 0700), ==, 0);
	CHECK_INT(put(&root, "a\n", NULL), ==, 1);
	CHECK_INT(put(&root, "b\n", NULL), ==, 1);
	CHECK_INT(put(&root, NULL, NULL), ==, 1);
	CHECK_STR((left = names(&root, "etc/systemd/system")), "user.slice.d x");
}

TEST(a_file_that_others_wrote_is_refused_and_kept)
{
	static const char *const foreign[] = {
		"[Slice]\nAllowedMemoryNodes=7\n",
		"",
		"# cdm-tools 0123456789abcdef: mine\n",
		"# cdm-tools 0123456789abcdez: cdmadm setup wrote this, cdmadm teardown takes it away; once edited it is "
		"yours and stays.\n",
	};

	for (size_t i = 0; i < ELEMENTSOF(foreign); i++) {
		_cleanup_tree_ struct tree dir = tree_new();
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *after = NULL, *in_dir = NULL;
		struct root root = root_of(&dir);

		tree_put(&dir, "/" DIR "/10-cdm.conf", foreign[i]);
		CHECK_INT(put(&root, "ours\n", &err), ==, -EEXIST);
		CHECK(strstr(error_text(&err), "/" DIR "/10-cdm.conf is there and not ours"));
		CHECK_INT(put(&root, NULL, NULL), ==, 0);
		CHECK_STR((after = now(&root)), foreign[i]);
		CHECK_STR((in_dir = names(&root, DIR)), "10-cdm.conf");
	}
}

TEST(symbolic_links_are_not_followed)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *target = NULL, *elsewhere = NULL;
	struct root root = root_of(&dir);

	tree_put(&dir, "/" DIR "/x", "");
	tree_put(&dir, "/target", "mine");
	CHECK_INT(symlinkat("../../../../target", dir.fd, DIR "/10-cdm.conf"), ==, 0);
	CHECK_INT(put(&root, "ours\n", &err), ==, -EEXIST);
	CHECK_INT(root_read(&root, &target, NULL, "target"), ==, 0);
	CHECK_STR(target, "mine");

	/* A link in place of the directory is not followed either. */
	CHECK_INT(mkdirat(dir.fd, "elsewhere", 0755), ==, 0);
	CHECK_INT(symlinkat("/elsewhere", dir.fd, "etc/systemd/system/system.slice.d"), ==, 0);
	{
		_cleanup_lasting_ struct lasting l = { .root = &root };

		CHECK_INT(lasting_add(&l, "etc/systemd/system/system.slice.d", "10-cdm.conf", "ours\n", &err), <, 0);
	}
	CHECK_STR((elsewhere = names(&root, "elsewhere")), "");
}

TEST(a_file_that_was_edited_is_neither_replaced_nor_removed)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_free_ char *text = NULL, *edited = NULL, *after = NULL;
	struct root root = root_of(&dir);
	enum lasting_found found;

	tree_put(&dir, "/etc/systemd/system/x", "");
	CHECK_INT(put(&root, "A=1\n", NULL), ==, 1);
	CHECK((text = now(&root)) != NULL);
	CHECK(asprintf(&edited, "%sB=2\n", text) > 0);
	tree_put(&dir, "/" DIR "/10-cdm.conf", edited);
	CHECK_INT(lasting_look(&root, DIR, "10-cdm.conf", &found, NULL), ==, 0);
	CHECK_INT(found, ==, LASTING_EDITED);
	CHECK_INT(put(&root, "A=3\n", NULL), ==, 0);
	CHECK_INT(put(&root, NULL, NULL), ==, 0);
	CHECK_STR((after = now(&root)), edited);
}

TEST(if_one_file_cannot_be_written_none_is_left)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *left = NULL, *in_dir = NULL;
	struct root root = root_of(&dir);

	/* A directory has the name of the second temporary file, so writing fails, as on a full disk. */
	tree_put(&dir, "/etc/systemd/system/b.slice.d/.10-cdm.conf.cdm-new/x", "");
	{
		_cleanup_lasting_ struct lasting l = { .root = &root };

		CHECK_INT(lasting_add(&l, "etc/systemd/system/a.slice.d", "10-cdm.conf", "a\n", &err), ==, 0);
		CHECK_INT(lasting_add(&l, "etc/systemd/system/b.slice.d", "10-cdm.conf", "b\n", &err), ==, 0);
		CHECK_INT(lasting_stage(&l, &err), <, 0);
		CHECK(strstr(error_text(&err), "b.slice.d/10-cdm.conf: writing: "));
	}
	CHECK_STR((left = names(&root, "etc/systemd/system")), "b.slice.d");
	CHECK_STR((in_dir = names(&root, "etc/systemd/system/b.slice.d")), ".10-cdm.conf.cdm-new");
}

TEST(staged_files_are_removed_if_not_committed)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_free_ char *left = NULL;
	struct root root = root_of(&dir);

	tree_put(&dir, "/etc/systemd/system/x", "");
	{
		_cleanup_lasting_ struct lasting l = { .root = &root };

		CHECK_INT(lasting_add(&l, DIR, "10-cdm.conf", "a\n", NULL), ==, 0);
		CHECK_INT(lasting_stage(&l, NULL), ==, 0);
	}
	CHECK_STR((left = names(&root, "etc/systemd/system")), "x");
}

/* setup's mark for udev is added last: it must not stand if a drop-in could not be written. */
TEST(after_a_file_that_could_not_be_written_no_other_is)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_free_ char *left = NULL;
	struct root root = root_of(&dir);

	tree_put(&dir, "/etc/cdm/x", "");
	tree_put(&dir, "/etc/systemd/system/x", "");
	{
		_cleanup_lasting_ struct lasting l = { .root = &root };

		CHECK_INT(lasting_add(&l, DIR, "10-cdm.conf", "a\n", NULL), ==, 0);
		CHECK_INT(lasting_add(&l, "etc/cdm", "mark", "b\n", NULL), ==, 0);
		CHECK_INT(lasting_stage(&l, NULL), ==, 0);
		CHECK_INT(unlinkat(dir.fd, DIR "/.10-cdm.conf.cdm-new", 0), ==, 0);
		told = told_failed = 0;
		lasting_commit(&l, on_file, NULL);
		CHECK_INT(told, ==, 2);
		CHECK_INT(told_failed, ==, 2);
	}
	CHECK_STR((left = names(&root, "etc/cdm")), "x");
}

/* Unit directories contain other people's links, files and FIFOs: these stop neither setup nor teardown. */
TEST(teardown_ignores_what_setup_did_not_create)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_lasting_ struct lasting l = { 0 };
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *left = NULL;
	struct root root = root_of(&dir);

	tree_put(&dir, "/etc/systemd/system/a.slice.d", "a file");
	tree_put(&dir, "/etc/systemd/system/b.slice.d/10-cdm.conf", "foreign");
	CHECK_INT(symlinkat("b.slice.d", dir.fd, "etc/systemd/system/c.slice.d"), ==, 0);
	CHECK_INT(symlinkat("d.slice.d", dir.fd, "etc/systemd/system/d.slice.d"), ==, 0);
	CHECK_INT(mkfifoat(dir.fd, "etc/systemd/system/e.slice.d", 0600), ==, 0);
	CHECK_INT(mkdirat(dir.fd, "etc/systemd/system/f.slice.d", 0755), ==, 0);
	CHECK_INT(mkfifoat(dir.fd, "etc/systemd/system/f.slice.d/10-cdm.conf", 0600), ==, 0);
	l.root = &root;
	CHECK_INT(dropins_unwant(&l, &err), ==, 0);
	CHECK_INT(l.n, ==, 0);
	left = names(&root, "etc/systemd/system");
	CHECK_STR(left, "a.slice.d b.slice.d c.slice.d d.slice.d e.slice.d f.slice.d");
	/* If it is in the way of a file to be written, the write is refused. */
	CHECK_INT(lasting_add(&l, "etc/systemd/system/a.slice.d", "10-cdm.conf", "x", &err), ==, -EEXIST);
}

/*
 * A setup that was killed between writing and renaming leaves all or a part of a file. The next one removes it, and the
 * directory only if that setup made it: an empty one may be the administrator's.
 */
TEST(files_staged_by_a_killed_setup_are_removed)
{
	static const struct {
		const char *text;
		bool made_dir; /* and says so */
	} parts[] = { { "", false }, { "# cdm-to", false }, { "whatever", false }, { "# cdm-tools+directory 0", true } };

	for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
		_cleanup_tree_ struct tree dir = tree_new();
		_cleanup_lasting_ struct lasting l = { 0 };
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_free_ char *units = NULL, *kept = NULL;
		struct root root = root_of(&dir);

		tree_put(&dir, "/etc/systemd/system/empty.slice.d/.10-cdm.conf.cdm-new", parts[i].text);
		tree_put(&dir, "/etc/systemd/system/kept.slice.d/.10-cdm.conf.cdm-new", parts[i].text);
		tree_put(&dir, "/etc/systemd/system/kept.slice.d/other.conf", "x");
		l.root = &root;
		CHECK_INT(dropins_unwant(&l, &err), ==, 0);
		CHECK_INT(lasting_stage(&l, &err), ==, 0);
		told = 0;
		lasting_commit(&l, on_file, NULL);
		CHECK_INT(told, ==, 0);
		units = names(&root, "etc/systemd/system");
		kept = names(&root, "etc/systemd/system/kept.slice.d");
		CHECK_STR(units, parts[i].made_dir ? "kept.slice.d" : "empty.slice.d kept.slice.d");
		CHECK_STR(kept, "other.conf");
	}
}

/*
 * A directory, a FIFO or a mask (a link to /dev/null) with the name of a rules file has no rules, and a FIFO does not
 * block.
 */
TEST(only_regular_rules_files_are_read)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_lasting_ struct lasting l = { 0 };
	_cleanup_strv_ struct strv notes = STRV_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct root root = root_of(&dir);

	tree_put(&dir, "/etc/udev/rules.d/.y.rules.cdm-new", "half");
	tree_put(&dir, "/usr/lib/udev/rules.d/x.rules", "SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n");
	tree_put(&dir, "/usr/lib/udev/rules.d/d.rules/file", "x");
	CHECK_INT(mkdirat(dir.fd, "etc/udev/rules.d/e.rules", 0755), ==, 0);
	CHECK_INT(mkfifoat(dir.fd, "etc/udev/rules.d/f.rules", 0644), ==, 0);
	CHECK_INT(mkfifoat(dir.fd, "usr/lib/udev/rules.d/g.rules", 0644), ==, 0);
	CHECK_INT(symlinkat("/dev/null", dir.fd, "etc/udev/rules.d/h.rules"), ==, 0);
	CHECK_INT(symlinkat("i.rules", dir.fd, "etc/udev/rules.d/i.rules"), ==, 0);
	l.root = &root;
	CHECK_INT(udev_rules_want(&l, true, &notes, &err), ==, 0);
	CHECK_INT(l.n, ==, 2);
	CHECK_STR(l.v[0].name, "x.rules");
	CHECK_STR(l.v[1].name, "y.rules");
	CHECK(l.v[1].stale && !l.v[1].text);
}

TEST(a_drop_in_first_resets_the_list_of_earlier_drop_ins)
{
	_cleanup_free_ char *slice = NULL, *scope = NULL;
	struct nodeset mems;

	CHECK_INT(nodeset_parse("0,2-3", &mems), ==, 0);
	slice = dropin_text("a.slice", &mems);
	scope = dropin_text("init.scope", &mems);
	CHECK(strstr(slice, "[Slice]\nAllowedMemoryNodes=\nAllowedMemoryNodes=0,2-3\n"));
	CHECK(strstr(scope, "[Scope]\nAllowedMemoryNodes=\nAllowedMemoryNodes=0,2-3\n"));
}

/* Returns whether the list of system.slice is taken for the one of our drop-in. */
static int marked(const struct root *root, const char *mems)
{
	struct cgroup v[] = { { .path = (char *)"" },
			      { .path = (char *)"system.slice", .has_cpuset = true, .explicit = true } };
	struct cgroups g = { .world = WORLD_V2_SYSTEMD, .v = v, .n = ELEMENTSOF(v) };
	int r = nodeset_parse(mems, &v[1].mems);

	if (r == 0)
		r = dropins_mark(root, &g);
	return r < 0 || v[0].from_dropin ? -1 : v[1].from_dropin;
}

TEST(a_list_comes_from_a_drop_in_that_is_unedited_and_equal)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_free_ char *text = NULL, *written = NULL, *edited = NULL;
	struct root root = root_of(&dir);
	struct nodeset mems;

	CHECK_INT(nodeset_parse("0", &mems), ==, 0);
	CHECK((text = dropin_text("system.slice", &mems)) != NULL);
	tree_put(&dir, "/etc/systemd/system/x", "");
	CHECK_INT(marked(&root, "0"), ==, 0);
	{
		_cleanup_lasting_ struct lasting l = { .root = &root };

		CHECK_INT(lasting_add(&l, DROPIN_PARENT "/system.slice.d", DROPIN_NAME, text, NULL), ==, 0);
		CHECK_INT(lasting_stage(&l, NULL), ==, 0);
		lasting_commit(&l, on_file, NULL);
	}
	CHECK_INT(marked(&root, "0"), ==, 1);
	CHECK_INT(marked(&root, "0-1"), ==, 0);
	CHECK_INT(root_read(&root, &written, NULL, DROPIN_PARENT "/system.slice.d/" DROPIN_NAME), ==, 0);
	CHECK(asprintf(&edited, "%s# mine\n", written) > 0);
	tree_put(&dir, "/" DROPIN_PARENT "/system.slice.d/" DROPIN_NAME, edited);
	CHECK_INT(marked(&root, "0"), ==, 0);
}

/* A drop-in written in an earlier boot may name a node that is impossible now: that is a problem. */
TEST(a_drop_in_that_lists_an_impossible_node_is_a_problem)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_strv_ struct strv problems = STRV_NONE;
	struct root root = root_of(&dir);
	static const struct {
		const char *dir, *mems;
	} files[] = { { DROPIN_PARENT "/system.slice.d", "0-1" }, { DROPIN_PARENT "/cdm.slice.d", "0-1,4-5" } };
	_cleanup_lasting_ struct lasting l = { .root = &root };
	struct nodeset possible;

	tree_put(&dir, "/etc/systemd/system/foreign.slice.d/10-cdm.conf", "[Slice]\nAllowedMemoryNodes=9\n");
	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *text = NULL;
		struct nodeset mems;

		CHECK_INT(nodeset_parse(files[i].mems, &mems), ==, 0);
		text = dropin_text("a.slice", &mems);
		CHECK_INT(lasting_add(&l, files[i].dir, DROPIN_NAME, text, NULL), ==, 0);
	}
	CHECK_INT(lasting_stage(&l, NULL), ==, 0);
	lasting_commit(&l, on_file, NULL);
	CHECK_INT(nodeset_parse("0-5", &possible), ==, 0);
	CHECK_INT(dropins_check(&root, &possible, &problems), ==, 0);
	CHECK_INT(problems.n, ==, 0);
	CHECK_INT(nodeset_parse("0-3", &possible), ==, 0);
	CHECK_INT(dropins_check(&root, &possible, &problems), ==, 0);
	CHECK_INT(problems.n, ==, 1);
	CHECK(strstr(problems.s[0], "/etc/systemd/system/cdm.slice.d/10-cdm.conf lists node 4-5"));
}

CHECK_MAIN()
