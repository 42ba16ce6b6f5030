/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The state: loaded as it was saved, after SIGKILL, edits by others, and odd cgroup names. */

#include "check.h"
#include "libcdm/config/config.h"
#include "libcdm/state/state-internal.h"
#include "tree.h"

#include "basic/strutil.h"

#include <sys/stat.h>
#include <unistd.h>

static struct state *state;

static void start(void)
{
	state_free(state);
	state = calloc(1, sizeof(*state));
}

static struct cgroup cgroup(const char *path, const char *mems)
{
	struct cgroup g = { .path = (char *)path, .has_cpuset = true, .explicit = mems != NULL };

	if (mems)
		(void)nodeset_parse(mems, &g.mems);
	return g;
}

static struct saved_cgroup *remember(const char *path, uint64_t inode)
{
	struct saved_cgroup *c;

	if (state_remember(state, path, inode, &c) < 0)
		abort();
	return c;
}

/* Saves the state below dir and loads it again. */
static struct state *round_trip(const char *dir)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct state *back = NULL;

	if (root_open(dir, &root, &err) < 0)
		return NULL;
	root.live = true; /* our directory stands in for the running system */
	if (state_save(&root, state, &err) < 0 || state_load(&root, &back, &err) < 0)
		printf("# %s\n", error_text(&err));
	return back;
}

TEST(a_saved_state_is_loaded_unchanged)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_state_ struct state *back = NULL;
	struct cgroup a = cgroup("system.slice", NULL), b = cgroup("odd\xff \"\n\\x41", "0,2-3");

	b.inode = 77;

	start();
	tree_put(&dir, "/run/cdm/lock", "");
	(void)nodeset_parse("0,250-255", &state->known);
	for (uint64_t id = 32; id < 40; id++) {
		CHECK_INT(idset_add(&state->was_online, id), ==, 0);
		CHECK_INT(idset_add(&state->onlined, id), ==, 0);
	}
	state->auto_online = strdup("online");
	CHECK_INT(state_remember_pool(state, 1, 2 << 20, 5), ==, 0);
	CHECK_INT(state_remember_pool(state, 1, 2 << 20, 7), ==, 0);
	CHECK_INT(state_remember_pool(state, 250, 1 << 30, 0), ==, 0);
	state_pool(state, 1, 2 << 20)->asked = 64;
	state_pool(state, 1, 2 << 20)->tried = true;
	CHECK_INT(state_remember_mems(state, &a), ==, 0);
	CHECK_INT(state_remember_mems(state, &b), ==, 0);
	state->seen = UINT64_C(5) << 32;
	remember("cdm.slice", 0)->created = true;
	remember("", 1)->enabled = true;
	back = round_trip(dir.dir);
	CHECK(back);
	CHECK(!back->first);
	CHECK_STR(NODESET_STR(&back->known), "0,250-255");
	CHECK(idset_equal(&back->was_online, &state->was_online));
	CHECK(idset_equal(&back->onlined, &state->onlined));
	CHECK_STR(back->auto_online, "online");
	CHECK_INT(back->n_pools, ==, 2);
	CHECK_INT(state_pool(back, 1, 2 << 20)->before, ==, 5);
	CHECK_INT(state_pool(back, 1, 2 << 20)->asked, ==, 64);
	CHECK(state_pool(back, 1, 2 << 20)->tried && !state_pool(back, 250, 1 << 30)->tried);
	CHECK(!state_pool(back, 2, 2 << 20));
	CHECK_INT(back->seen, ==, UINT64_C(5) << 32);
	CHECK_INT(back->n_cgroups, ==, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct saved_cgroup *x = &state->cgroups[i], *y = &back->cgroups[i];

		CHECK_STR(y->path, x->path);
		CHECK_STR(y->mems ? y->mems : "none", x->mems ? x->mems : "none");
		CHECK_INT(y->inode, ==, x->inode);
		CHECK(x->created == y->created && x->enabled == y->enabled && x->migrating == y->migrating);
	}
	CHECK_STR(back->cgroups[2].path, "odd\xff \"\n\\x41");
	CHECK_STR(back->cgroups[2].mems, "0,2-3");
	CHECK_INT(back->cgroups[2].inode, ==, 77);
}

TEST(the_first_list_of_a_cgroup_is_remembered)
{
	struct cgroup before = cgroup("a", "0-1"), after = cgroup("a", "0");

	start();
	CHECK_INT(state_remember_mems(state, &before), ==, 0);
	CHECK_INT(state_remember_mems(state, &after), ==, 0);
	CHECK_INT(state->n_cgroups, ==, 1);
	CHECK_STR(state->cgroups[0].mems, "0-1");
}

TEST(saved_cgroups_below_a_path_are_found)
{
	static const char *const paths[] = { "b/c/d", "a.slice/x", "a", "b" };
	static const char *const above[] = { "", "b", "b/c", "a.slice" }, *const others[] = { "a", "b/c/d", "b/x",
											      "a.slice/x", "c" };

	start();
	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		struct cgroup g = cgroup(paths[i], "0");

		CHECK_INT(state_remember_mems(state, &g), ==, 0);
	}
	for (size_t i = 0; i < ELEMENTSOF(above); i++)
		if (!state_saved_below(state, above[i]))
			CHECK_FAIL("%s", above[i]);
	for (size_t i = 0; i < ELEMENTSOF(others); i++)
		if (state_saved_below(state, others[i]))
			CHECK_FAIL("%s", others[i]);
}

TEST(a_cgroup_is_forgotten_when_it_is_gone)
{
	struct cgroup before = cgroup("cdm.slice/cdm-launch-77", "0-1"), after = cgroup("cdm.slice/cdm-launch-77", "0");
	struct cgroup other = cgroup("a", "0");
	struct cgroup both[] = { other, after };
	struct cgroups with = { .v = both, .n = 2, .mount = (char *)"sys/fs/cgroup" };
	struct cgroups without = { .v = &other, .n = 1, .mount = (char *)"sys/fs/cgroup" };
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	struct nodeset mems;

	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	start();
	mems = state_mems_before(state, &after);
	CHECK_STR(NODESET_STR(&mems), "0");
	CHECK_INT(state_remember_mems(state, &before), ==, 0);
	CHECK_INT(state_remember_mems(state, &other), ==, 0);
	mems = state_mems_before(state, &after);
	CHECK_STR(NODESET_STR(&mems), "0-1");
	state_observe_cgroups(state, &root, &with);
	CHECK_INT(state->n_cgroups, ==, 2);
	state_observe_cgroups(state, &root, &without);
	CHECK_INT(state->n_cgroups, ==, 1);
	CHECK_STR(state->cgroups[0].path, "a");
}

/* What was remembered of a cgroup is not restored to another one of the same name. */
TEST(a_new_cgroup_of_the_same_name_is_not_the_remembered_one)
{
	static const struct {
		uint64_t remembered, now;
		bool stays;
	} cases[] = {
		{ 7, 7, true },
		{ 7, 8, false },
		{ 0, 8, true }, /* saved by a version that used names only, or new since the last look */
		{ 7, 0, true }, /* a captured tree has no inodes */
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_tree_ struct tree dir = tree_new();
		_cleanup_root_ struct root root = ROOT_NONE;
		struct cgroup before = cgroup("a", "0-1"), after = cgroup("a", "0");
		struct cgroups now = { .v = &after, .n = 1 };

		CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
		start();
		before.inode = cases[i].remembered;
		after.inode = cases[i].now;
		CHECK_INT(state_remember_mems(state, &before), ==, 0);
		remember("a", 0)->created = remember("a", 0)->enabled = remember("a", 0)->migrating = true;
		state_observe_cgroups(state, &root, &now);
		if (state->n_cgroups != cases[i].stays)
			CHECK_FAIL("case %zu: %zu", i, state->n_cgroups);
		if (cases[i].stays)
			CHECK_INT(state->cgroups[0].inode, ==, cases[i].now ? cases[i].now : cases[i].remembered);
	}
}

/* A restarted unit gets the list that systemd keeps, so what is remembered of the unit stays valid. */
TEST(a_restarted_unit_is_the_same_if_systemd_keeps_its_list)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	struct cgroup v[] = { cgroup("kept.slice", "0"), cgroup("new.slice", "0") };
	struct cgroups now = { .v = v, .n = 2, .world = WORLD_V2_SYSTEMD, .mount = (char *)"sys/fs/cgroup" };

	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	tree_put(&dir, "/run/systemd/system.control/kept.slice.d/50-AllowedMemoryNodes.conf", "");
	start();
	for (size_t i = 0; i < now.n; i++) {
		v[i].inode = 8;
		remember(v[i].path, 7);
	}
	state_observe_cgroups(state, &root, &now);
	CHECK_INT(state->n_cgroups, ==, 1);
	CHECK_STR(state->cgroups[0].path, "kept.slice");
	CHECK_INT(state->cgroups[0].inode, ==, 8);
}

TEST(without_a_state_file_it_is_the_first_run)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_state_ struct state *s = NULL;

	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	CHECK_INT(state_load(&root, &s, NULL), ==, 0);
	CHECK(s->first);
}

TEST(a_damaged_state_file_is_reported_and_set_aside)
{
	static const char good[] =
		"{\"version\": 1, \"known\": \"0\", \"settled\": \"\", \"onlined\": \"\", "
		"\"mems\": {\"a\": \"0-1\"}, \"created\": [\"a\"], \"enabled\": [\"\"]}";

	/* Truncated at every byte; bytes that are no text; valid JSON that is no state. */
	for (size_t i = 0; i < sizeof(good) + 4; i++) {
		static const char *const others[] = { "[]", "{}", "{\"version\": 2}", "\xff\xfe",
						      "{\"version\": 1, \"known\": \"0\", \"settled\": \"\", \"onlined\": \"\", "
						      "\"mems\": {}, \"created\": [], \"enabled\": [], \"withdrawn\": 1}" };
		_cleanup_free_ char *text = strdup(i < sizeof(good) - 1 ? good : others[i - sizeof(good) + 1]);
		_cleanup_tree_ struct tree dir = tree_new();
		_cleanup_root_ struct root root = ROOT_NONE;
		_cleanup_state_ struct state *s = NULL;

		if (i < sizeof(good) - 1)
			text[i] = '\0';
		tree_put(&dir, "/" STATE_FILE, text);
		CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
		CHECK_INT(state_load(&root, &s, NULL), ==, 0);
		CHECK(s->first && s->lost && s->n_cgroups == 0);
		CHECK(strstr(s->damage, STATE_FILE));
		root.live = true;
		CHECK_INT(state_set_aside(&root, NULL), ==, 0);
		CHECK(!root_exists(&root, STATE_FILE));
		CHECK(root_exists(&root, DAMAGED_FILE));
		CHECK_INT(state_set_aside(&root, NULL), ==, 0);
	}
}

/*
 * After an upgrade or a downgrade in one boot: members that a version does not write are not needed, and those that it
 * does not know are ignored. A higher "version" means that the file cannot be understood: it is set aside, and the memo
 * tells the nodes of the boot.
 */
TEST(the_states_of_other_versions_are_read_or_set_aside)
{
	static const struct {
		const char *version, *more, *withdrawn;
		bool read;
	} cases[] = {
		{ "1", "", "", true },
		{ "1", ", \"withdrawn\": \"1\", \"seen\": 7, \"inodes\": [3]", "1", true },
		{ "1", ", \"withdrawn\": \"1\", \"later\": {\"a\": [1]}, \"zones\": null", "1", true },
		{ "2", ", \"withdrawn\": \"1\"", "", false },
		{ "4294967297", "", "", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_tree_ struct tree dir = tree_new();
		_cleanup_root_ struct root root = ROOT_NONE;
		_cleanup_state_ struct state *s = NULL;
		_cleanup_free_ char *text = NULL;

		CHECK(asprintf(&text,
			       "{\"version\": %s, \"known\": \"0,2\", \"settled\": \"\", \"onlined\": \"8\", "
			       "\"mems\": {\"a\": \"0-1\"}, \"created\": [\"a\"], \"enabled\": []%s}",
			       cases[i].version, cases[i].more) > 0);
		tree_put(&dir, "/" STATE_FILE, text);
		CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
		CHECK_INT(state_load(&root, &s, NULL), ==, 0);
		if (!cases[i].read) {
			CHECK(s->first && s->lost && s->n_cgroups == 0);
			CHECK(strstr(s->damage, "is not a state of this version"));
			continue;
		}
		CHECK(!s->first && !s->lost && !s->damage);
		CHECK_STR(NODESET_STR(&s->known), "0,2");
		CHECK_STR(NODESET_STR(&s->withdrawn), cases[i].withdrawn);
		CHECK(idset_has(&s->onlined, 8));
		CHECK_STR(state_saved(s, "a")->mems, "0-1");
		CHECK(state_saved(s, "a")->created);
	}
}

TEST(the_mark_that_the_state_was_lost_is_saved)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_state_ struct state *back = NULL;

	start();
	tree_put(&dir, "/run/cdm/lock", "");
	state->lost = true;
	back = round_trip(dir.dir);
	CHECK_STR(back->damage ? back->damage : "", "");
	CHECK(back->lost);
}

/* The nodes known since boot come from the file, the memo, or both. */
TEST(the_memo_replaces_a_lost_state_file)
{
	static const struct {
		const char *file, *damage, *memo, *known;
		bool lost;
	} cases[] = {
		{ NULL, NULL, "0", "0", true },
		{ NULL, "cut off", "0,2", "0,2", true },
		{ "0", NULL, "0", "0", false },
		/* Node 3 went and came back as a device node; the file could not be written then, the memo could. */
		{ "0,3", NULL, "0", "0", false },
		{ "0", NULL, "0,3", "0", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct memo memo = { .auto_online = strdup("online") };

		start();
		state->first = !cases[i].file;
		state->damage = cases[i].damage ? strdup(cases[i].damage) : NULL;
		CHECK_INT(nodeset_parse(cases[i].memo, &memo.known), ==, 0);
		if (cases[i].file)
			CHECK_INT(nodeset_parse(cases[i].file, &state->known), ==, 0);
		CHECK_INT(state_recall(state, &memo), ==, 0);
		CHECK_STR(NODESET_STR(&state->known), cases[i].known);
		CHECK(!state->first && state->lost == cases[i].lost && !state->damage == !cases[i].lost);
		CHECK_STR(state->auto_online ? state->auto_online : "", cases[i].lost ? "online" : "");
		if (cases[i].damage)
			CHECK_STR(state->damage, cases[i].damage);
		free(memo.auto_online);
	}
}

/* The mark for udev is removed when a fence fails; the mark that fences once existed stays until a teardown. */
TEST(a_failed_fence_removes_the_mark_for_udev)
{
	_cleanup_tree_ struct tree dir = tree_new();
	struct root root = { .fd = dir.fd, .live = true };

	tree_put(&dir, "/run/cdm/unfenced", "");
	state_tell_fenced(&root);
	CHECK(root_exists(&root, FENCED_FILE) && root_exists(&root, STOOD_FILE) && !root_exists(&root, UNFENCED_FILE));
	state_tell_open(&root);
	CHECK(!root_exists(&root, FENCED_FILE) && root_exists(&root, STOOD_FILE) && !root_exists(&root, UNFENCED_FILE));
}

/*
 * Without a memo the known nodes are derived from the fences if these are surely ours; otherwise it is the first run
 * since boot.
 */
TEST(without_a_memo_the_known_nodes_come_from_the_fences)
{
	static const struct {
		const char *file, *flag, *fence, *group, *known; /* known NULL: first run; flag "stood": no fence now */
	} cases[] = {
		{ NULL, "stood", "0", "0-1", "0,3" }, { NULL, NULL, "0", "0-1", NULL },
		{ NULL, NULL, "", "", NULL },         { NULL, "", "0", "0-1", "0,3" },
		{ NULL, "", "0,2", "0-2", "0,2-3" },  { NULL, "", "", "0-1", NULL },
		{ "{", NULL, "0", "0-1", "0,3" },     { "{", NULL, "0", "", "0,3" },
		{ "{", NULL, "", "0-1", NULL },
	};
	_cleanup_config_ struct config *config = NULL;

	CHECK_INT(config_parse("x", "{\"version\": 1}", strlen("{\"version\": 1}"), &config, NULL), ==, 0);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_tree_ struct tree dir = tree_new();
		_cleanup_root_ struct root root = ROOT_NONE;
		_cleanup_state_ struct state *s = NULL;
		_cleanup_cgroups_ struct cgroups *g = NULL;

		tree_put(&dir, "/proc/mounts", "none /sys/fs/cgroup cgroup2 rw 0 0\n");
		/* node 3's CPUs are offline: has_cpu lacks node 3, but its link to the CPU exists */
		tree_put(&dir, "/sys/devices/system/node/possible", "0-3\n");
		tree_put(&dir, "/sys/devices/system/node/has_cpu", "0\n");
		tree_put(&dir, "/sys/devices/system/node/node0/cpulist", "0\n");
		tree_put(&dir, "/sys/devices/system/node/node1/cpulist", "\n");
		tree_put(&dir, "/sys/devices/system/node/node3/cpulist", "\n");
		tree_put(&dir, "/sys/devices/system/node/node3/cpu7/online", "0\n");
		tree_put(&dir, "/sys/fs/cgroup/cgroup.controllers", "cpuset\n");
		tree_put(&dir, "/sys/fs/cgroup/cgroup.subtree_control", "cpuset\n");
		tree_put(&dir, "/sys/fs/cgroup/cpuset.mems.effective", "0-1\n");
		for (int group = 0; group < 2; group++) {
			const char *name = group ? "cdm.slice" : "system.slice";
			char path[80];

			snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cpuset.mems", name);
			tree_put(&dir, path, group ? cases[i].group : cases[i].fence);
			snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cpuset.mems.effective", name);
			tree_put(&dir, path, "0-1\n");
			snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cgroup.events", name);
			tree_put(&dir, path, "populated 1\n");
		}
		if (cases[i].file)
			tree_put(&dir, "/" STATE_FILE, cases[i].file);
		if (cases[i].flag)
			tree_put(&dir, *cases[i].flag ? "/" STOOD_FILE : "/" FENCED_FILE, "");
		CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
		CHECK_INT(state_load(&root, &s, NULL), ==, 0);
		CHECK_INT(cgroups_open(&root, &g, NULL), ==, 0);
		CHECK_INT(state_recover(&root, config, g, s, NULL), ==, 0);
		if (s->first != !cases[i].known || !streq(NODESET_STR(&s->known), cases[i].known ? cases[i].known : ""))
			CHECK_FAIL("case %zu: %s", i, NODESET_STR(&s->known));
		CHECK(s->first || (s->lost && s->damage));
	}
}

/* As with Kubernetes on v1: the list of each container is remembered, with a path of 200 bytes. */
TEST(a_very_large_state_can_be_loaded_again)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_state_ struct state *back = NULL;
	struct stat st;
	char path[256], file[256];

	tree_put(&dir, "/run/other", "");
	start();
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(path, sizeof(path), "kubepods/burstable/pod%0180u/%08x", i / 10, i);
		CHECK_INT(state_remember_text(state, path, i + 1, "0-3"), ==, 0);
	}
	back = round_trip(dir.dir);
	CHECK(back && !back->damage && !back->first);
	CHECK_INT(back->n_cgroups, ==, 20000);
	CHECK_STR(back->cgroups[19999].mems, "0-3");
	snprintf(file, sizeof(file), "%s/%s", dir.dir, STATE_FILE);
	CHECK(stat(file, &st) == 0 && st.st_size > 4 << 20);
}

/*
 * cdmd never writes such a file: the one it replaced, perhaps with an administrator's drain, may still exist elsewhere.
 */
TEST(a_too_large_state_file_is_an_error_and_not_damage)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	struct state *s = NULL;
	char file[256];

	tree_put(&dir, "/" STATE_FILE, "{}");
	snprintf(file, sizeof(file), "%s/%s", dir.dir, STATE_FILE);
	CHECK_INT(truncate(file, (256 << 20) + 1), ==, 0);
	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	CHECK_INT(state_load(&root, &s, NULL), ==, -EFBIG);
	CHECK(!s);
}

TEST(a_state_file_that_cannot_be_read_is_an_error)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	struct state *s = NULL;

	tree_put(&dir, "/run/cdm/other", "");
	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	CHECK_INT(symlinkat("state.json", root.fd, STATE_FILE), ==, 0);
	CHECK_INT(state_load(&root, &s, NULL), ==, -ELOOP);
	CHECK(!s);
}

/* Users reach the socket through this directory, whatever the umask of the program that made it. */
TEST(the_state_directory_has_mode_0755_whatever_the_umask)
{
	_cleanup_tree_ struct tree dir = tree_new();
	struct root root = { .fd = dir.fd, .live = true };
	const mode_t before = umask(077);
	struct stat st;

	CHECK_INT(mkdirat(dir.fd, "run", 0755), ==, 0);
	CHECK_INT(state_make_dir(&root, NULL), ==, 0);
	CHECK_INT(fstatat(dir.fd, STATE_DIR, &st, 0), ==, 0);
	CHECK_INT(st.st_mode & 07777, ==, 0755);
	/* A directory made by an earlier version. */
	CHECK_INT(fchmodat(dir.fd, STATE_DIR, 0700, 0), ==, 0);
	CHECK_INT(state_make_dir(&root, NULL), ==, 0);
	CHECK_INT(fstatat(dir.fd, STATE_DIR, &st, 0), ==, 0);
	CHECK_INT(st.st_mode & 07777, ==, 0755);
	umask(before);
}

TEST(only_one_daemon_gets_the_lock_and_a_stale_file_is_ignored)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	int fd;

	tree_put(&dir, "/run/cdm/cdmd.lock", "");
	CHECK_INT(root_open(dir.dir, &root, NULL), ==, 0);
	root.live = true;
	fd = state_lock_daemon(&root, NULL);
	CHECK_INT(fd, >=, 0);
	CHECK_INT(state_lock_daemon(&root, &err), ==, -EBUSY);
	CHECK(strstr(error_text(&err), "another cdmd is running"));
	close(fd);
	fd = state_lock_daemon(&root, NULL);
	CHECK_INT(fd, >=, 0);
	close(fd);
}

/* Blocks are remembered once seen online and forgotten when gone; nodes are known while they have memory. */
TEST(blocks_and_nodes_are_remembered_and_forgotten)
{
	struct node nodes[] = { { .id = 0, .state = NODE_ONLINE }, { .id = 1, .state = NODE_PARTIAL } };
	struct block blocks[] = { { .id = 0, .state = BLOCK_ONLINE },
				  { .id = 8, .node = 1, .state = BLOCK_OFFLINE },
				  { .id = 9, .node = 1, .state = BLOCK_ONLINE } };
	struct topology t = { .nodes = nodes, .n_nodes = 2, .blocks = blocks, .n_blocks = 3 };

	start();
	(void)nodeset_parse("0-1", &t.has_memory);
	state->first = true;
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK_STR(NODESET_STR(&state->known), "0-1");
	CHECK(idset_has(&state->was_online, 0) && !idset_has(&state->was_online, 8) && idset_has(&state->was_online, 9));
	blocks[2].state = BLOCK_OFFLINE;
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK(idset_has(&state->was_online, 9));
	t.n_blocks = 1;
	nodes[1].state = NODE_ABSENT;
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK_STR(NODESET_STR(&state->known), "0");
	t.n_blocks = 3;
	nodes[1].state = NODE_OFFLINE;
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK_STR(NODESET_STR(&state->known), "0");
	CHECK(!idset_has(&state->was_online, 9));
}

/* One DIMM was removed and another added between two looks: its blocks have the same names but new directories. */
TEST(a_new_block_of_the_same_name_is_not_the_remembered_one)
{
	static const struct {
		uint64_t seen, inodes[2];
		const char *settled, *onlined, *known, *asked;
		size_t pools;
	} cases[] = {
		{ 20, { 12, 14 }, "0,8-9", "8-9", "0-1", "1", 1 },
		{ 20, { 12, 0 }, "0,8-9", "8-9", "0-1", "1", 1 }, /* unknown: a captured tree */
		{ 0, { 32, 34 }, "0,8-9", "8-9", "0-1", "1", 1 }, /* unknown: saved by an earlier version */
		{ 20, { 12, 34 }, "0,8", "8", "0-1", "1", 1 },    /* half of the node */
		{ 20, { 32, 34 }, "0", "", "0", "", 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct node nodes[] = { { .id = 0, .state = NODE_ONLINE }, { .id = 1, .state = NODE_OFFLINE } };
		struct block blocks[] = { { .id = 0, .inode = 10, .state = BLOCK_ONLINE },
					  { .id = 8, .inode = cases[i].inodes[0], .node = 1 },
					  { .id = 9, .inode = cases[i].inodes[1], .node = 1 } };
		struct topology t = { .nodes = nodes,
				      .n_nodes = 2,
				      .blocks = blocks,
				      .n_blocks = 3,
				      .newest = 34,
				      .has_memory = nodeset_of(0) };
		_cleanup_free_ char *settled = NULL, *onlined = NULL;

		start();
		state->seen = cases[i].seen;
		(void)nodeset_parse("0-1", &state->known);
		CHECK_INT(idset_parse("0,8-9", &state->was_online), ==, 0);
		CHECK_INT(idset_parse("8-9", &state->onlined), ==, 0);
		state->withdrawn = state->draining = state->offlining = nodeset_of(1);
		CHECK_INT(state_remember_pool(state, 1, 2 << 20, 5), ==, 0);
		CHECK_INT(state_observe(state, &t), ==, 0);
		/* A second look: nothing has changed since, and the new blocks are known now. */
		CHECK_INT(state_observe(state, &t), ==, 0);
		settled = idset_format(&state->was_online);
		onlined = idset_format(&state->onlined);
		CHECK_STR(settled, cases[i].settled);
		CHECK_STR(onlined, cases[i].onlined);
		CHECK_STR(NODESET_STR(&state->known), cases[i].known);
		CHECK_STR(NODESET_STR(&state->withdrawn), cases[i].asked);
		CHECK_STR(NODESET_STR(&state->draining), cases[i].asked);
		CHECK_STR(NODESET_STR(&state->offlining), cases[i].asked);
		CHECK_INT(state->n_pools, ==, cases[i].pools);
		CHECK_INT(state->seen, ==, 34);
	}
}

TEST(an_offline_node_on_the_first_run_is_not_known_from_boot)
{
	struct node nodes[] = { { .id = 0, .state = NODE_ONLINE }, { .id = 1, .state = NODE_OFFLINE } };
	struct topology t = { .nodes = nodes, .n_nodes = 2, .has_memory = nodeset_of(0) };

	start();
	state->first = true;
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK_STR(NODESET_STR(&state->known), "0");
}

/* A pool is forgotten with its memory, but not while the node is withdrawn for a while. */
TEST(a_pool_is_forgotten_with_its_memory)
{
	struct node nodes[] = { { .id = 0, .state = NODE_ONLINE }, { .id = 1, .state = NODE_OFFLINE } };
	struct topology t = { .nodes = nodes, .n_nodes = 2, .has_memory = nodeset_of(0) };

	start();
	CHECK_INT(state_remember_pool(state, 1, 2 << 20, 5), ==, 0);
	nodeset_add(&state->withdrawn, 1);
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK_INT(state->n_pools, ==, 1);
	nodeset_del(&state->withdrawn, 1);
	CHECK_INT(state_observe(state, &t), ==, 0);
	CHECK_INT(state->n_pools, ==, 0);
}

/* Requests about a node are saved, and forgotten with its memory. */
TEST(a_request_is_saved_until_the_node_is_gone)
{
	_cleanup_tree_ struct tree dir = tree_new();
	_cleanup_state_ struct state *back = NULL;
	struct node nodes[] = { { .id = 0, .state = NODE_ONLINE }, { .id = 1, .state = NODE_OFFLINE } };
	struct topology t = { .nodes = nodes, .n_nodes = 2, .has_memory = nodeset_of(0) };

	start();
	tree_put(&dir, "/run/cdm/lock", "");
	nodeset_add(&state->withdrawn, 1);
	nodeset_add(&state->draining, 1);
	nodeset_add(&state->offlining, 1);
	nodeset_add(&state->asked, 1);
	back = round_trip(dir.dir);
	CHECK(back);
	CHECK(nodeset_has(&back->withdrawn, 1) && nodeset_has(&back->draining, 1) && nodeset_has(&back->offlining, 1));
	CHECK(nodeset_empty(&back->asked));
	CHECK_INT(state_observe(back, &t), ==, 0);
	CHECK(nodeset_has(&back->withdrawn, 1));
	nodes[1].state = NODE_ABSENT;
	CHECK_INT(state_observe(back, &t), ==, 0);
	CHECK(nodeset_empty(&back->withdrawn) && nodeset_empty(&back->draining) && nodeset_empty(&back->offlining));
}

CHECK_MAIN()
