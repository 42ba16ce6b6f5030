/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The configuration: documents that are accepted or refused, merged, printed, and asked for grants. */

#include "libcdm/config/config.h"
#include "libcdm/json/json.h"
#include "check.h"
#include "fixtures.h"

#include <errno.h>
#include <limits.h>

#define FIXTURES "tests/fixtures/config"

static struct config *parse(const char *name, const char *text)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	struct config *c = NULL;

	if (config_parse(name, text, strlen(text), &c, &err) < 0)
		printf("# %s\n", error_text(&err));
	return c;
}

static struct config *load_good(const char *name)
{
	_cleanup_free_ char *path = NULL, *text = NULL;

	if (asprintf(&path, FIXTURES "/good/%s.json", name) < 0)
		return NULL;
	text = fixture_text(path);
	return text ? parse(path, text) : NULL;
}

static char *shown(const struct config *c)
{
	_cleanup_json_ json_t *doc = config_to_json(c);

	return doc ? json_text(doc) : NULL;
}

TEST(a_backslash_in_a_pattern_is_an_ordinary_character)
{
	_cleanup_config_ struct config *c =
		parse("t",
		      "{\"version\":1,"
		      "\"groups\":{\"my\\\\x2dapp.slice/b\":{\"classes\":[\"device\"]},\"c*\":{\"classes\":[]}}}");

	CHECK(c);
	CHECK_INT(c->n_groups, ==, 3);
	CHECK_STR(group_literal(&c->groups[1]), "my\\x2dapp.slice/b");
	CHECK(!group_literal(&c->groups[2]));
	CHECK(config_reaches(c, "my\\x2dapp.slice"));
	CHECK(!config_reaches(c, "myx2dapp.slice"));
}

static int take(const char *path, struct error *err)
{
	_cleanup_free_ char *text = fixture_text(path);
	_cleanup_config_ struct config *c = NULL;

	return text ? config_parse(path, text, strlen(text), &c, err) : fail(err, -ENOENT, "%s: %m", path);
}

TEST(each_bad_file_is_refused_with_its_message)
{
	CHECK_INT(fixtures(FIXTURES "/bad", fixture_refused, take), >=, 60);
	CHECK_INT(fixtures(FIXTURES "/bad/beyond-schema", fixture_refused, take), >=, 15);
}

/* Returns whether what `config show` prints is read back as the same configuration. */
static bool round_trips(const struct config *c)
{
	_cleanup_free_ char *first = shown(c), *second = NULL;
	_cleanup_config_ struct config *back = first ? parse("shown", first) : NULL;

	second = back ? shown(back) : NULL;
	if (!second || !streq(first, second))
		printf("# %s# %s", first ? first : "", second ? second : "");
	return second && streq(first, second);
}

static bool good_round_trips(const char *path, fixture_fn unused _unused_)
{
	_cleanup_free_ char *text = fixture_text(path);
	_cleanup_config_ struct config *c = text ? parse(path, text) : NULL;

	return c && round_trips(c);
}

TEST(good_files_are_accepted_and_survive_a_round_trip)
{
	CHECK_INT(fixtures(FIXTURES "/good", good_round_trips, NULL), >=, 6);
}

TEST(the_example_with_three_classes_is_read_completely)
{
	_cleanup_config_ struct config *c = load_good("contract");
	const struct class *cxl;

	CHECK(c);
	CHECK_INT(c->n_classes, ==, 3);
	CHECK_INT(config_class(c, "gpu"), ==, 0);
	CHECK_INT(config_class(c, "lab"), ==, 2);
	CHECK_INT(config_class(c, "system"), ==, -1);
	CHECK_INT(c->classes[0].online, ==, ONLINE_DRIVER);
	CHECK_INT(c->classes[0].match.origins, ==, 1 << ORIGIN_NVIDIA);
	cxl = &c->classes[1];
	CHECK_INT(cxl->n_hugepools, ==, 1);
	CHECK_INT(cxl->hugepools[0].page_size, ==, 2 << 20);
	CHECK_INT(cxl->hugepools[0].pages, ==, 64);
	CHECK(c->classes[2].match.has_nodes);
	CHECK_STR(NODESET_STR(&c->classes[2].match.nodes), "4-7");
	CHECK_INT(c->n_groups, ==, 2);
	CHECK_STR(c->groups[0].pattern, "cdm.slice");
	CHECK_INT(c->groups[0].classes, ==, CLASS_BIT(0) | CLASS_BIT(1));
	CHECK_STR(c->groups[0].enter_users.s[0], "alice");
	CHECK_STR(c->groups[0].enter_groups.s[0], "gpu");
	CHECK_INT(c->auto_online, ==, AUTO_ONLINE_SETTLE);
	CHECK_INT(c->files.n, ==, 1);
}

TEST(every_match_key_is_read)
{
	_cleanup_config_ struct config *c = load_good("every-match");
	const struct match *m;

	CHECK(c);
	CHECK(c->classes[0].match.device);
	CHECK_INT(c->classes[0].online, ==, ONLINE_MOVABLE);
	m = &c->classes[1].match;
	CHECK_INT(m->origins, ==, 1 << ORIGIN_DAX | 1 << ORIGIN_CXL | 1 << ORIGIN_ACPI | 1 << ORIGIN_BOOT);
	CHECK(m->has_cpuless && !m->cpuless && m->has_tier && m->tier == 4 && !m->device);
	CHECK(m->distance_min == 40 && m->distance_max == 80);
	CHECK_STR(m->pci, "0009:01:*");
	CHECK_STR(m->driver, "nvidia*");
	m = &c->classes[2].match;
	CHECK(m->has_distance && m->distance_min == 20 && m->distance_max == 20);
	m = &c->classes[4].match;
	CHECK(m->has_distance && m->distance_min == 40 && m->distance_max == INT_MAX && !m->has_nodes && !m->pci);
}

TEST(the_built_in_configuration_grants_device_to_cdm_slice)
{
	_cleanup_config_ struct config *c = NULL;

	CHECK_INT(config_builtin(&c), ==, 0);
	CHECK_INT(c->n_classes, ==, 1);
	CHECK_STR(c->classes[0].name, "device");
	CHECK(c->classes[0].match.device);
	CHECK_INT(c->classes[0].online, ==, ONLINE_MOVABLE);
	CHECK_INT(c->n_groups, ==, 1);
	CHECK_INT(config_granted(c, "cdm.slice"), ==, 1);
	CHECK_INT(c->files.n, ==, 0);
	CHECK(round_trips(c));
}

TEST(a_cgroup_inherits_grants_and_adds_its_own)
{
	static const struct {
		const char *path;
		uint64_t classes;
	} cases[] = {
		{ "", 0 },
		{ "a", 1 },
		{ "ab", 0 },
		{ "a/b", 1 | 2 }, /* its own and its parent's */
		{ "a/b/c", 1 | 2 },
		{ "a/x", 1 },
		{ "kube/pod", 4 },
		{ "kube", 4 },
		{ "my\\x2dapp.slice/x", 2 }, /* systemd's escapes are names, not globs */
		{ "myx2dapp.slice", 0 },
		{ "n/q1/leaf", 1 },
		{ "n", 0 },
		{ "lead", 4 },
	};
	_cleanup_config_ struct config *c =
		parse("t",
		      "{\"version\":1,"
		      " \"classes\":{\"x\":{\"match\":{\"tier\":1}},\"y\":{\"match\":{\"tier\":2}},\"z\":{\"match\":{\"tier\":3}}},"
		      " \"groups\":{\"a\":{\"classes\":[\"x\"]},\"a/b\":{\"classes\":[\"y\"]},\"kube/**\":{\"classes\":[\"z\"]},"
		      "  \"my\\\\x2dapp.slice\":{\"classes\":[\"y\"]},\"n/q?\":{\"classes\":[\"x\"]},\"/lead\":{\"classes\":[\"z\"]}}}");

	CHECK(c);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (config_granted(c, cases[i].path) != cases[i].classes)
			CHECK_FAIL("\"%s\" is granted %#llx", cases[i].path,
				   (unsigned long long)config_granted(c, cases[i].path));
}

/* The parents of possible groups are read, however deep a "**" reaches. */
TEST(config_below_knows_which_cgroups_lead_to_a_group)
{
	static const struct {
		const char *path;
		uint64_t classes;
	} cases[] = {
		{ "pods", 1 },      { "pods/a", 1 },      { "pods/a/b/c", 1 }, { "pods/a/leaf/b", 1 },
		{ "pods/leaf", 0 }, { "pods/a/leaf", 0 }, { "a", 0 },          { "n", 2 },
		{ "n/q", 2 },       { "n/q/x", 0 },       { "n/r", 0 },
	};
	_cleanup_config_ struct config *c =
		parse("t",
		      "{\"version\":1,"
		      " \"classes\":{\"x\":{\"match\":{\"tier\":1}},\"y\":{\"match\":{\"tier\":2}}},"
		      " \"groups\":{\"pods/**/leaf\":{\"classes\":[\"x\"]},\"n/q/x\":{\"classes\":[\"y\"]}}}");

	CHECK(c);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		if (config_below(c, cases[i].path) != cases[i].classes)
			CHECK_FAIL("below \"%s\" there is %#llx", cases[i].path,
				   (unsigned long long)config_below(c, cases[i].path));
}

CHECK_MAIN()
