/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The configuration from its files: drop-ins, and files that are refused because of their owner or mode. */

#include "libcdm/config/config.h"
#include "check.h"
#include "tree.h"

#define DROPIN(name) CONFIG_DROPIN_DIR "/" name

#define CLASS(name, tier) "\"" name "\": { \"match\": { \"tier\": " tier " } }"

TEST(without_files_the_built_in_configuration_is_used)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_config_ struct config *c = NULL;

	CHECK_INT(config_load(NULL, t.fd, &c, NULL), ==, 0);
	CHECK_INT(c->files.n, ==, 0);
	CHECK_INT(c->n_classes, ==, 1);
	CHECK_INT(config_granted(c, "cdm.slice"), ==, 1);
}

TEST(drop_ins_merge_in_name_order)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_config_ struct config *c = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;

	tree_put(&t, CONFIG_FILE, "{ \"version\": 1, \"classes\": { " CLASS("a", "1") ", " CLASS("b", "2") " },"
				  "  \"groups\": { \"one\": { \"classes\": [\"a\"] }, \"two\": { \"classes\": [\"late\"] } } }");
	tree_put(&t, DROPIN("20-b.json"),
		 "{ \"version\": 1, \"classes\": { " CLASS("a", "22") ", " CLASS("late", "3") " } }");
	tree_put(&t, DROPIN("10-a.json"), "{ \"version\": 1, \"auto_online\": \"keep\", \"classes\": { " CLASS("a", "11") " },"
					  "  \"groups\": { \"/one\": { \"classes\": [\"b\"] } } }");
	tree_put(&t, DROPIN(".30-hidden.json"), "not read");
	tree_put(&t, DROPIN("30-other.json~"), "not read");
	if (config_load(NULL, t.fd, &c, &err) < 0)
		CHECK_FAIL("%s", error_text(&err));
	CHECK_INT(c->n_classes, ==, 3);
	CHECK_STR(c->classes[0].name, "a"); /* replaced in place: precedence is the first file's */
	CHECK_INT(c->classes[0].match.tier, ==, 22);
	CHECK_STR(c->classes[2].name, "late");
	CHECK_INT(c->n_groups, ==, 2);
	CHECK_INT(config_granted(c, "one"), ==, CLASS_BIT(1));
	CHECK_INT(config_granted(c, "two"), ==, CLASS_BIT(2)); /* named before it was defined */
	CHECK_INT(c->auto_online, ==, AUTO_ONLINE_KEEP);
	CHECK_INT(c->files.n, ==, 3);
	CHECK_STR(c->files.s[0], CONFIG_FILE);
	CHECK_STR(c->files.s[2], DROPIN("20-b.json"));
}

TEST(drop_ins_without_classes_add_to_the_built_in_ones)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_config_ struct config *c = NULL, *d = NULL;

	tree_put(&t, DROPIN("g.json"), "{ \"version\": 1, \"groups\": { \"job\": { \"classes\": [\"device\"] } } }");
	CHECK_INT(config_load(NULL, t.fd, &c, NULL), ==, 0);
	CHECK_INT(config_granted(c, "cdm.slice"), ==, 1);
	CHECK_INT(config_granted(c, "job"), ==, 1);

	tree_put(&t, DROPIN("h.json"), "{ \"version\": 1, \"classes\": { " CLASS("device", "1") " } }");
	CHECK_INT(config_load(NULL, t.fd, &d, NULL), ==, 0);
	CHECK(!d->classes[0].match.device);
	CHECK_INT(config_granted(d, "cdm.slice"), ==, 0);
	CHECK_INT(config_granted(d, "job"), ==, 1);
}

TEST(an_error_names_the_drop_in_that_contains_it)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_config_ struct config *c = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;

	tree_put(&t, CONFIG_FILE, "{ \"version\": 1, \"classes\": { " CLASS("gpu", "1") " } }");
	tree_put(&t, DROPIN("1.json"), "{ \"version\": 1,\n  \"groups\": { \"a\": { \"classes\": [\"gp\"] } } }");
	tree_put(&t, DROPIN("2.json"), "{ \"version\": 1 }");
	CHECK_INT(config_load(NULL, t.fd, &c, &err), ==, -EINVAL);
	CHECK_STR(error_text(&err), DROPIN("1.json") ":2:34: unknown class \"gp\", did you mean \"gpu\"?");
	CHECK(!c);
}

TEST(a_link_in_a_captured_tree_cannot_leave_the_tree)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_free_ char *outside = tree_path(&t, "/outside.json"), *inside = tree_path(&t, "/captured" CONFIG_FILE);
	_cleanup_close_ int fd = -1;
	_cleanup_config_ struct config *c = NULL;

	tree_put(&t, "/outside.json", "{ \"version\": 1, \"auto_online\": \"keep\" }");
	tree_put(&t, "/captured" CONFIG_FILE, "");
	CHECK(unlink(inside) == 0 && symlink(outside, inside) == 0);
	fd = openat(t.fd, "captured", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(config_load(NULL, fd, &c, NULL), ==, 0);
	CHECK_INT(c->auto_online, ==, AUTO_ONLINE_SETTLE);
}

TEST(a_file_given_by_path_is_read_alone)
{
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_free_ char *path = tree_path(&t, "/mine.json"), *want = NULL;
	_cleanup_config_ struct config *c = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;

	tree_put(&t, DROPIN("bad.json"), "not read");
	CHECK_INT(config_load(path, t.fd, &c, &err), ==, -ENOENT);
	CHECK(asprintf(&want, "%s: No such file or directory", path) > 0);
	CHECK_STR(error_text(&err), want);
	tree_put(&t, "/mine.json", "{ \"version\": 1 }");
	CHECK_INT(config_load(path, t.fd, &c, &err), ==, 0);
	CHECK_INT(c->files.n, ==, 1);
	CHECK_STR(c->files.s[0], path);
}

/* Root accepts only files that nobody but root can write; other users may read any file. */
TEST(root_refuses_a_configuration_that_others_can_write)
{
	static const mode_t modes[] = { 0664, 0646, 0666 };
	_cleanup_tree_ struct tree t = tree_new();
	_cleanup_free_ char *path = tree_path(&t, "/c.json"), *want = NULL;

	tree_put(&t, "/c.json", "{ \"version\": 1 }");
	CHECK(asprintf(&want, "%s: others than root can write it and change what root does: chmod go-w %s", path, path) > 0);
	for (size_t i = 0; i < ELEMENTSOF(modes); i++) {
		_cleanup_config_ struct config *c = NULL;
		_cleanup_error_ struct error err = ERROR_NONE;

		CHECK_INT(chmod(path, modes[i]), ==, 0);
		CHECK_INT(config_load(path, -1, &c, &err), ==, geteuid() == 0 ? -EPERM : 0);
		if (geteuid() == 0)
			CHECK_STR(error_text(&err), want);
	}
	if (geteuid() == 0) {
		_cleanup_config_ struct config *c = NULL;

		CHECK(chmod(path, 0644) == 0 && chown(path, 65534, 0) == 0);
		CHECK_INT(config_load(path, -1, &c, NULL), ==, -EPERM);
		CHECK_INT(chown(path, 0, 0), ==, 0);
		CHECK_INT(config_load(path, -1, &c, NULL), ==, 0);
	}
}

CHECK_MAIN()
