/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The planner is a pure function: a system and a configuration in, ordered steps out. */

#include "basic/strutil.h"
#include "check.h"
#include "libcdm/plan/plan.h"

#include <errno.h>

#define BLOCK_SIZE (128ULL << 20)

static struct block blocks[16];
static struct node nodes[4];
static struct topology topology;
static struct cgroup cgroups[16];
static struct cgroups tree;
static struct snapshot now;
static struct state state;
static struct config *config;
static struct plan *plan;

static struct nodeset set(const char *text)
{
	struct nodeset s = NODESET_EMPTY;

	if (nodeset_parse(text, &s) < 0)
		abort();
	return s;
}

static void forget(void)
{
	plan_free(plan);
	plan = NULL;
	classification_free(now.classes);
	now.classes = NULL;
}

static void reset(void)
{
	forget();
	config_free(config);
	if (config_builtin(&config) < 0)
		abort();
	idset_free(&state.was_online);
	idset_free(&state.onlined);
	state = (struct state){ .known = set("0") };
	topology = (struct topology){ .block_size = BLOCK_SIZE,
				      .possible = set("0-2"),
				      .has_memory = set("0"),
				      .has_cpu = set("0"),
				      .nodes = nodes,
				      .n_nodes = 3,
				      .blocks = blocks,
				      .auto_online = (char *)"offline" };
	nodes[0] = (struct node){ .id = 0,
				  .exists = true,
				  .has_cpu = true,
				  .state = NODE_ONLINE,
				  .zone = ZONE_KERNEL,
				  .origin = ORIGIN_BOOT,
				  .origin_why = "",
				  .cpus = (char *)"0-1",
				  .size = BLOCK_SIZE };
	for (int n = 1; n <= 2; n++)
		nodes[n] = (struct node){ .id = n, .state = NODE_ABSENT, .origin_why = "", .cpus = (char *)"" };
	blocks[0] = (struct block){ .id = 0, .node = 0, .state = BLOCK_ONLINE, .zone = ZONE_KERNEL };
	topology.n_blocks = 1;
	(void)idset_add(&state.was_online, 0);
	tree = (struct cgroups){ .world = WORLD_V2, .mount = (char *)"sys/fs/cgroup", .cpuset_available = true, .v = cgroups };
	cgroups[0] = (struct cgroup){ .path = (char *)"", .has_cpuset = true, .effective = set("0"), .cpuset_below = true };
	tree.n = 1;
	now.hugepages = HUGEPAGES_NONE;
	state.pools = NULL;
	state.n_pools = 0;
	now.topology = &topology;
	now.cgroups = &tree;
}

/* Adds a cgroup, in the order of the tree; mems NULL: it has no list. */
static void cgroup(const char *path, const char *mems)
{
	if (path_compare(cgroups[tree.n - 1].path, path) >= 0)
		CHECK_FAIL("%s is out of order", path);
	cgroups[tree.n++] = (struct cgroup){ .path = (char *)path,
					     .has_cpuset = true,
					     .explicit = mems != NULL,
					     .mems = set(mems ? mems : ""),
					     .effective = set("0"),
					     .cpuset_below = true };
}

/* Begins a v1 cpuset hierarchy whose root has these nodes; every list must lie within its parent's. */
static void v1(const char *mems)
{
	reset();
	tree.world = WORLD_V1;
	cgroups[0].explicit = true;
	cgroups[0].mems = cgroups[0].effective = set(mems);
}

static void pattern(const char *text)
{
	free(config->groups[0].pattern);
	config->groups[0].pattern = strdup(text);
}

/* Adds a node with CPUs and two online blocks. */
static void system_node(int node)
{
	nodes[node] = nodes[0];
	nodes[node].id = node;
	nodeset_add(&topology.has_memory, node);
	for (int i = 0; i < 2; i++)
		blocks[topology.n_blocks++] = (struct block){
			.id = (uint64_t)(32 * node + i), .node = node, .state = BLOCK_ONLINE, .zone = ZONE_KERNEL
		};
}

/* Adds a CPU-less node with two offline blocks. */
static void hot_add(int node)
{
	nodes[node].exists = true;
	nodes[node].state = NODE_OFFLINE;
	nodes[node].origin = ORIGIN_ACPI;
	nodes[node].size = 2 * BLOCK_SIZE;
	for (int i = 0; i < 2; i++)
		blocks[topology.n_blocks++] = (struct block){ .id = (uint64_t)(32 * node + i), .node = node };
}

/* Returns the plan's steps, for example "fence system.slice 0; create cdm.slice". */
static const char *lines(void)
{
	static char *text;
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *s = &plan->steps[i];
		const char *value = STEP_VALUE(s);

		fprintf(f, "%s%s %s%s%s%s%s", i ? "; " : "", step_kind_name(s->kind), *s->target ? s->target : "/",
			nodeset_empty(&s->nodes) ? "" : " ", NODESET_STR(&s->nodes), value ? " " : "", value ? value : "");
	}
	fclose(f);
	return text;
}

static const char *steps(void)
{
	forget();
	if (classify(&topology, config, &state.known, &now.classes) < 0 || plan_make(&now, config, &state, &plan) < 0)
		return "(failed)";
	return lines();
}

static const char *blocks_of(size_t step)
{
	static char *text;

	free(text);
	text = idset_format(&plan->steps[step].blocks);
	return text;
}

TEST(the_first_run_fences_every_cgroup_and_creates_the_group)
{
	reset();
	cgroup("init.scope", NULL);
	cgroup("system.slice", NULL);
	CHECK_STR(steps(), "fence init.scope 0; fence system.slice 0; create cdm.slice; grant cdm.slice 0-2");
}

TEST(a_plan_without_work_has_no_steps)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("system.slice", "0");
	CHECK_STR(steps(), "");
}

TEST(a_new_node_is_onlined_after_new_cgroups_are_fenced)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("new.slice", NULL);
	cgroup("system.slice", "0");
	hot_add(1);
	CHECK_STR(steps(), "fence new.slice 0; online node1 1 online_movable");
}

TEST(fences_come_before_onlining_and_grants_after_it)
{
	reset();
	cgroup("cdm.slice", NULL);
	cgroup("system.slice", NULL);
	hot_add(1);
	hot_add(2);
	CHECK_STR(steps(),
		  "fence system.slice 0; online node1 1 online_movable; online node2 2 online_movable; "
		  "grant cdm.slice 0-2");
}

TEST(a_fence_that_contains_a_device_node_is_repaired)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("system.slice", "0-1");
	CHECK_STR(steps(), "fence system.slice 0");
}

TEST(without_systemd_the_controller_is_enabled_first)
{
	reset();
	cgroups[0].cpuset_below = false;
	cgroup("a", NULL);
	cgroups[1].has_cpuset = false;
	CHECK_STR(steps(), "controller /; fence a 0; create cdm.slice; grant cdm.slice 0-2");
}

TEST(under_systemd_the_controller_is_not_enabled)
{
	reset();
	tree.world = WORLD_V2_SYSTEMD;
	cgroups[0].cpuset_below = false;
	cgroup("system.slice", NULL);
	cgroups[1].has_cpuset = false;
	CHECK_STR(steps(), "fence system.slice 0; create cdm.slice; grant cdm.slice 0-2");
}

TEST(cgroups_below_a_fence_are_not_changed)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("system.slice", "0");
	cgroup("system.slice/evil.service", "0-2");
	CHECK_STR(steps(), "");
}

TEST(a_block_taken_offline_on_purpose_stays_offline)
{
	reset();
	cgroup("cdm.slice", "0-2");
	hot_add(1);
	(void)idset_add(&state.was_online, 32);
	(void)idset_add(&state.was_online, 33);
	CHECK_STR(steps(), "");
}

TEST(a_block_that_is_going_offline_is_not_onlined)
{
	reset();
	cgroup("cdm.slice", "0-2");
	hot_add(1);
	blocks[1].state = BLOCK_GOING_OFFLINE;
	blocks[2].state = BLOCK_GOING_OFFLINE;
	CHECK_STR(steps(), "");
}

TEST(automatic_onlining_by_the_kernel_is_turned_off)
{
	reset();
	cgroup("cdm.slice", "0-2");
	topology.auto_online = (char *)"online";
	CHECK_STR(steps(), "auto-online auto_online_blocks offline");
	config->auto_online = AUTO_ONLINE_KEEP;
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
}

/*
 * For each content of auto_online_blocks and each "online" of a class: what is written there, and whether there is a
 * problem.
 */
TEST(auto_online_blocks_must_fit_the_class)
{
	static const struct {
		const char *now;
		enum online_policy online;
		enum auto_online_policy policy;
		const char *steps, *problem;
	} cases[] = {
		{ "offline", ONLINE_MOVABLE, AUTO_ONLINE_SETTLE, "", NULL },
		{ "offline", ONLINE_KERNEL, AUTO_ONLINE_SETTLE, "", NULL },
		{ "offline", ONLINE_DRIVER, AUTO_ONLINE_SETTLE, "", NULL },
		{ "offline", ONLINE_NEVER, AUTO_ONLINE_SETTLE, "", NULL },
		{ "online_movable", ONLINE_MOVABLE, AUTO_ONLINE_SETTLE, "", NULL },
		{ "online_movable", ONLINE_MOVABLE, AUTO_ONLINE_KEEP, "", NULL },
		{ "online_movable", ONLINE_KERNEL, AUTO_ONLINE_SETTLE, "", "class device (\"online\": \"kernel\")" },
		{ "online_movable", ONLINE_DRIVER, AUTO_ONLINE_SETTLE, "", NULL },
		{ "online_movable", ONLINE_NEVER, AUTO_ONLINE_SETTLE, "", "class device (\"online\": \"never\")" },
		{ "online", ONLINE_MOVABLE, AUTO_ONLINE_SETTLE, "auto-online auto_online_blocks offline", NULL },
		{ "online", ONLINE_KERNEL, AUTO_ONLINE_SETTLE, "auto-online auto_online_blocks offline", NULL },
		{ "online", ONLINE_NEVER, AUTO_ONLINE_SETTLE, "auto-online auto_online_blocks offline", NULL },
		{ "online", ONLINE_DRIVER, AUTO_ONLINE_SETTLE, "", "class device (\"online\": \"driver\") needs" },
		{ "online", ONLINE_MOVABLE, AUTO_ONLINE_KEEP, "", "is \"keep\"" },
		{ "online_kernel", ONLINE_MOVABLE, AUTO_ONLINE_SETTLE, "auto-online auto_online_blocks offline", NULL },
		{ "online_kernel", ONLINE_DRIVER, AUTO_ONLINE_SETTLE, "", "needs online_movable there" },
		{ NULL, ONLINE_MOVABLE, AUTO_ONLINE_SETTLE, "", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		reset();
		cgroup("cdm.slice", "0-2");
		topology.auto_online = (char *)cases[i].now;
		config->classes[0].online = cases[i].online;
		config->auto_online = cases[i].policy;
		CHECK_STR(steps(), cases[i].steps);
		CHECK_INT(plan->problems.n, ==, cases[i].problem != NULL);
		if (cases[i].problem)
			CHECK(strstr(plan->problems.s[0], cases[i].problem));
	}
}

/* A class that matches the origin decides by "online" who brings the memory online. */
TEST(the_built_in_class_leaves_nvidia_memory_to_the_driver)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("system.slice", NULL);
	hot_add(1);
	nodes[1].origin = ORIGIN_NVIDIA;
	hot_add(2);
	CHECK_STR(steps(), "fence system.slice 0; online node2 2 online_movable");
	state.asked = set("1");
	CHECK_STR(steps(), "fence system.slice 0; online node1 1 online_movable; online node2 2 online_movable");
	state.asked = NODESET_EMPTY;
	config->classes[0].match = (struct match){ .origins = 1U << ORIGIN_NVIDIA | 1U << ORIGIN_ACPI };
	CHECK_STR(steps(), "fence system.slice 0; online node1 1 online_movable; online node2 2 online_movable");
}

TEST(a_driver_that_failed_to_add_its_memory_is_a_problem)
{
	char *lines[] = { (char *)"GPU 0009:01:00.0: its driver has removed its memory" };

	reset();
	cgroup("cdm.slice", "0-2");
	topology.failed = (struct strv){ .s = lines, .n = 1 };
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK_STR(plan->problems.s[0], lines[0]);
}

TEST(a_class_with_online_driver_is_not_onlined)
{
	reset();
	cgroup("cdm.slice", "0-2");
	config->classes[0].online = ONLINE_DRIVER;
	topology.auto_online = (char *)"online_movable";
	hot_add(1);
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 0);
	topology.auto_online = (char *)"offline";
	CHECK_STR(steps(), "");
}

TEST(a_class_with_online_never_is_not_onlined)
{
	reset();
	cgroup("cdm.slice", "0-2");
	config->classes[0].online = ONLINE_NEVER;
	hot_add(1);
	CHECK_STR(steps(), "");
}

TEST(a_device_node_outside_zone_movable_is_a_problem)
{
	reset();
	cgroup("cdm.slice", "0-2");
	hot_add(1);
	blocks[1].state = blocks[2].state = BLOCK_ONLINE;
	blocks[1].zone = blocks[2].zone = ZONE_KERNEL;
	nodes[1].zone = ZONE_KERNEL;
	nodes[1].state = NODE_ONLINE;
	(void)idset_add(&state.was_online, 32);
	(void)idset_add(&state.was_online, 33);
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK(strstr(plan->problems.s[0], "a udev rule"));
	config->classes[0].online = ONLINE_DRIVER;
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK(strstr(plan->problems.s[0], "its driver"));
	config->classes[0].online = ONLINE_KERNEL;
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 0);
}

TEST(new_system_memory_is_added_to_the_fences)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("system.slice", "0");
	hot_add(1);
	nodes[1].has_cpu = true;
	nodes[1].cpus = (char *)"2-3";
	topology.has_cpu = set("0-1");
	CHECK_STR(steps(), "fence system.slice 0-1");
	/* cdmd turned the kernel's onlining off, so cdmd onlines the node as the kernel would have done. */
	state.auto_online = (char *)"online";
	CHECK_STR(steps(), "fence system.slice 0-1; online node1 1 online");
	state.auto_online = NULL;
}

/* Like hot_add(), but the memory is online and movable. */
static void hot_add_online(int node)
{
	size_t first = topology.n_blocks;

	hot_add(node);
	for (size_t i = first; i < topology.n_blocks; i++) {
		blocks[i].state = BLOCK_ONLINE;
		blocks[i].zone = ZONE_MOVABLE;
		(void)idset_add(&state.was_online, blocks[i].id);
	}
	nodes[node].state = NODE_ONLINE;
	nodes[node].zone = ZONE_MOVABLE;
	nodeset_add(&topology.has_memory, node);
}

TEST(a_node_asked_to_leave_is_revoked_drained_and_taken_offline)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("cdm.slice/cdm-launch-77", "0-1");
	cgroup("system.slice", "0");
	hot_add_online(1);
	state.withdrawn = state.draining = state.offlining = set("1");
	CHECK_STR(steps(),
		  "revoke cdm.slice/cdm-launch-77 0; revoke cdm.slice 0,2; drain node1 1; offline node1 1 offline");
	state.offlining = set("");
	CHECK_STR(steps(), "revoke cdm.slice/cdm-launch-77 0; revoke cdm.slice 0,2; drain node1 1");
}

TEST(a_leaf_gets_its_saved_list_back)
{
	static struct saved_cgroup saved[] = { { .path = (char *)"cdm.slice/cdm-launch-77", .mems = (char *)"0-1" } };

	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("cdm.slice/cdm-launch-77", "0");
	hot_add_online(1);
	state.cgroups = saved;
	state.n_cgroups = 1;
	CHECK_STR(steps(), "grant cdm.slice/cdm-launch-77 0-1");
	state.withdrawn = set("1");
	CHECK_STR(steps(), "revoke cdm.slice 0,2");
	state.cgroups = NULL;
	state.n_cgroups = 0;
}

TEST(a_withdrawn_node_is_neither_onlined_nor_granted)
{
	reset();
	cgroup("cdm.slice", "0,2");
	cgroup("system.slice", "0");
	hot_add_online(1);
	state.withdrawn = set("1");
	CHECK_STR(steps(), "");
	/* A block that was never online is not onlined either: the device grows while its node is withdrawn. */
	blocks[topology.n_blocks++] = (struct block){ .id = 40, .node = 1 };
	CHECK_STR(steps(), "");
	state.withdrawn = set("");
	CHECK_STR(steps(), "online node1 1 online_movable; grant cdm.slice 0-2");
}

/* Makes the built-in class ask for 64 huge pages of 2M, on a machine that has sizes 2M and 1G. */
static void ask_for_hugepages(void)
{
	static uint64_t sizes[] = { 2 << 20, 1 << 30 };

	config->classes[0].hugepools = calloc(1, sizeof(struct hugepool));
	config->classes[0].hugepools[0] = (struct hugepool){ 2 << 20, 64 };
	config->classes[0].n_hugepools = 1;
	now.hugepages = (struct hugepages){ .sizes = sizes, .n_sizes = 2 };
}

static void pool(uint64_t pages, uint64_t unused)
{
	static struct node_pool pools[1];

	pools[0] = (struct node_pool){ .node = 1, .page_size = 2 << 20, .pages = pages, .unused = unused };
	now.hugepages.pools = pools;
	now.hugepages.n_pools = 1;
}

TEST(huge_pages_are_reserved_after_onlining_and_before_the_grant)
{
	reset();
	ask_for_hugepages();
	cgroup("cdm.slice", "0");
	hot_add(1);
	CHECK_STR(steps(), "online node1 1 online_movable; hugepages node1 1 2M=64; grant cdm.slice 0-2");
	CHECK_INT(plan->steps[1].pool.page_size, ==, 2 << 20);
	CHECK_INT(plan->steps[1].pool.pages, ==, 64);
	config->classes[0].online = ONLINE_NEVER;
	CHECK_STR(steps(), "grant cdm.slice 0-2");
}

TEST(huge_pages_are_requested_only_once)
{
	struct saved_pool saved = { .node = 1, .page_size = 2 << 20, .before = 3, .asked = 64, .tried = true };

	reset();
	ask_for_hugepages();
	cgroup("cdm.slice", "0-2");
	hot_add_online(1);
	pool(3, 3);
	CHECK_STR(steps(), "hugepages node1 1 2M=64");
	pool(64, 64);
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 0);
	/* Missing pages are reported as a problem and not requested again. */
	state.pools = &saved;
	state.n_pools = 1;
	pool(40, 40);
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK(strstr(plan->problems.s[0], "has 40 of the 64 huge pages of 2M"));
	/* The configuration asks for another number, then for none. */
	config->classes[0].hugepools[0].pages = 32;
	CHECK_STR(steps(), "hugepages node1 1 2M=32");
	config->classes[0].n_hugepools = 0;
	CHECK_STR(steps(), "hugepages node1 1 2M=3");
}

TEST(the_free_huge_pages_of_a_drained_node_are_released)
{
	struct saved_pool saved = { .node = 1, .page_size = 2 << 20, .before = 3, .asked = 64, .tried = true };

	reset();
	ask_for_hugepages();
	cgroup("cdm.slice", "0,2");
	hot_add_online(1);
	pool(64, 60);
	state.pools = &saved;
	state.n_pools = 1;
	state.withdrawn = state.draining = set("1");
	CHECK_STR(steps(), "hugepages node1 1 2M=0; drain node1 1");
	pool(4, 0);
	CHECK_STR(steps(), "drain node1 1");
	state.withdrawn = state.draining = set("");
	saved = (struct saved_pool){ .node = 1, .page_size = 2 << 20, .before = 3, .asked = 0, .tried = true };
	CHECK_STR(steps(), "hugepages node1 1 2M=64; grant cdm.slice 0-2");
}

TEST(a_huge_page_size_that_the_machine_lacks_is_a_problem)
{
	reset();
	ask_for_hugepages();
	config->classes[0].hugepools[0].page_size = 16 << 20;
	cgroup("cdm.slice", "0-2");
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 0);
	hot_add_online(1);
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK_STR(plan->problems.s[0], "class device: this machine has no huge pages of 16M, only of: 2M, 1G");
}

TEST(online_and_offline_steps_list_their_blocks)
{
	reset();
	cgroup("cdm.slice", "0-2");
	hot_add(1);
	hot_add(2);
	(void)idset_add(&state.was_online, 65);
	CHECK_STR(steps(), "online node1 1 online_movable; online node2 2 online_movable");
	CHECK_STR(blocks_of(0), "32-33");
	CHECK_STR(blocks_of(1), "64");
	reset();
	cgroup("cdm.slice", "0-2");
	hot_add_online(1);
	state.withdrawn = state.offlining = set("1");
	CHECK_STR(steps(), "revoke cdm.slice 0,2; offline node1 1 offline");
	CHECK_STR(blocks_of(1), "32-33");
	(void)idset_add(&state.onlined, 33);
	state.offlining = set("");
	forget();
	CHECK_INT(classify(&topology, config, &state.known, &now.classes), ==, 0);
	CHECK_INT(plan_teardown(&now, &state, &plan), ==, 0);
	CHECK_STR(lines(), "drain node1 1; offline node1 1 offline");
	CHECK_STR(blocks_of(1), "33");
}

TEST(the_highest_block_comes_first_if_the_class_says_so)
{
	reset();
	cgroup("cdm.slice", "0-2");
	hot_add(1);
	CHECK_STR(steps(), "online node1 1 online_movable");
	CHECK(!plan->steps[0].highest_first);
	config->classes[0].highest_first = true;
	CHECK_STR(steps(), "online node1 1 online_movable");
	CHECK(plan->steps[0].highest_first);
}

TEST(a_class_with_online_driver_is_onlined_on_request)
{
	reset();
	cgroup("cdm.slice", "0-2");
	config->classes[0].online = ONLINE_DRIVER;
	hot_add(1);
	CHECK_STR(steps(), "");
	state.asked = set("1");
	CHECK_STR(steps(), "online node1 1 online_movable");
}

TEST(an_online_node_of_a_class_with_online_never_is_a_problem)
{
	reset();
	cgroup("cdm.slice", "0-2");
	config->classes[0].online = ONLINE_NEVER;
	hot_add_online(1);
	CHECK_STR(steps(), "");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK(strstr(plan->problems.s[0], "stays offline"));
	/* An administrator has asked to take the node offline: no problem any more. */
	state.withdrawn = set("1");
	CHECK_STR(steps(), "revoke cdm.slice 0,2");
	CHECK_INT(plan->problems.n, ==, 0);
}

TEST(the_list_of_a_leaf_is_kept)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("cdm.slice/cdm-launch-77.scope", "0,2");
	cgroup("cdm.slice/old.service", "0");
	CHECK_STR(steps(), "grant cdm.slice/old.service 0-2");
}

TEST(the_parent_of_a_group_is_granted_and_its_other_children_fenced)
{
	reset();
	pattern("a/b");
	cgroup("a", NULL);
	cgroup("a/b", NULL);
	cgroup("a/c", NULL);
	CHECK_STR(steps(), "fence a/c 0; grant a 0-2; grant a/b 0-2");
}

TEST(every_cgroup_that_a_pattern_matches_is_granted)
{
	reset();
	pattern("kube.slice/**");
	cgroup("kube.slice", "0");
	cgroup("kube.slice/pod1", "0");
	cgroup("kube.slice/pod1/c1", NULL);
	cgroup("other.slice", NULL);
	CHECK_STR(steps(),
		  "fence other.slice 0; pin kube.slice/pod1/c1 0-2; grant kube.slice 0-2; grant kube.slice/pod1 0-2");
}

TEST(lists_that_lack_the_new_nodes_are_widened_at_any_depth)
{
	reset();
	pattern("kube.slice/**");
	cgroup("kube.slice", "0-2");
	cgroup("kube.slice/a", "0-2");
	cgroup("kube.slice/a/b", "0");
	cgroup("kube.slice/a/b/c", "0-2");
	cgroup("kube.slice/a/b/c/d", "0");
	CHECK_STR(steps(), "grant kube.slice/a/b 0-2; grant kube.slice/a/b/c/d 0-2");
}

TEST(in_a_group_children_are_pinned_before_their_parents_change)
{
	reset();
	cgroup("cdm.slice", "0-1");
	cgroup("cdm.slice/a.service", NULL);
	cgroup("cdm.slice/a.service/deep", NULL);
	cgroup("cdm.slice/b.service", NULL);
	cgroups[4].has_cpuset = false;
	cgroup("cdm.slice/cdm-launch-5", NULL);
	CHECK_STR(steps(), "pin cdm.slice/a.service/deep 0-2; pin cdm.slice/a.service 0-2; grant cdm.slice 0-2");
}

TEST(a_choice_among_system_nodes_is_kept)
{
	reset();
	pattern("pods/**");
	state.known = set("0-1");
	system_node(1);
	cgroup("all", "0-1");
	cgroup("only-devices", "2");
	cgroup("pinned", "0");
	cgroup("pinned-badly", "0,2");
	cgroup("pods", "0-2");
	cgroup("pods/all", "0-1");
	cgroup("pods/pinned", "1");
	CHECK_STR(steps(),
		  "widen only-devices 0-2; fence only-devices 0-1; fence pinned-badly 0; "
		  "grant pods/all 0-2; grant pods/pinned 1-2");
}

TEST(a_list_from_a_drop_in_of_an_earlier_boot_is_replaced)
{
	reset();
	state.known = set("0-1");
	system_node(1);
	cgroup("pinned.slice", "0");
	cgroup("system.slice", "0");
	cgroups[tree.n - 1].from_dropin = true;
	CHECK_STR(steps(), "fence system.slice 0-1; create cdm.slice; grant cdm.slice 0-2");
}

TEST(a_list_never_contains_only_device_nodes)
{
	reset();
	pattern("pods/**");
	hot_add(1);
	cgroup("other", "1");
	cgroup("pods", "0-2");
	cgroup("pods/a", "1");
	cgroup("pods/cdm-launch-7", "1");
	CHECK_STR(steps(),
		  "widen other 0-1; widen pods/a 0-1; widen pods/cdm-launch-7 0-1; fence other 0; "
		  "online node1 1 online_movable; grant pods/a 0-2");
}

/* Node 1 is a system node whose memory is still offline. On v2 the kernel ignores a list that leaves nothing. */
TEST(a_list_whose_nodes_have_no_memory_is_no_choice)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("pinned", "1");
	hot_add(1);
	nodes[1].has_cpu = true;
	nodes[1].cpus = (char *)"2-3";
	CHECK_STR(steps(), "fence pinned 0-1");
}

TEST(the_controller_is_turned_on_from_the_top)
{
	reset();
	pattern("a/b");
	cgroups[0].cpuset_below = false;
	cgroup("a", NULL);
	cgroup("a/c", NULL);
	cgroups[1].has_cpuset = cgroups[1].cpuset_below = cgroups[2].has_cpuset = false;
	CHECK_STR(steps(), "controller /; controller a; fence a/c 0; create a/b; grant a 0-2; grant a/b 0-2");
}

TEST(cgroups_above_a_missing_group_are_made_one_by_one)
{
	reset();
	pattern("a/b/c");
	CHECK_STR(steps(), "create a; grant a 0-2; create a/b; grant a/b 0-2; create a/b/c; grant a/b/c 0-2");
}

TEST(a_list_that_grows_and_shrinks_grows_first)
{
	reset();
	cgroup("cdm.slice", "0-2");
	cgroup("system.slice", "0,2");
	hot_add(1);
	nodes[1].has_cpu = true;
	nodes[1].cpus = (char *)"2-3";
	CHECK_STR(steps(), "widen system.slice 0-2; fence system.slice 0-1");
}

TEST(fences_of_empty_cgroups_come_first)
{
	reset();
	cgroup("a", NULL);
	cgroup("b", NULL);
	cgroup("c", NULL);
	cgroup("cdm.slice", "0-2");
	cgroups[1].populated = true;
	CHECK_STR(steps(), "fence b 0; fence c 0; fence a 0");
}

TEST(replacing_a_list_comes_after_fences_of_empty_cgroups)
{
	reset();
	cgroup("a", "0-2");
	cgroup("b", NULL);
	cgroup("cdm.slice", "0-2");
	CHECK_STR(steps(), "fence b 0; fence a 0");
}

TEST(v1_the_first_run_moves_processes_of_the_root_to_a_fence)
{
	v1("0");
	tree.strays = 3;
	CHECK_STR(steps(),
		  "create cdm-fence; fence cdm-fence 0 memory_migrate=1; move cdm-fence; "
		  "create cdm.slice; grant cdm.slice 0 memory_migrate=1");
}

TEST(v1_the_fence_is_created_before_a_node_is_drained)
{
	v1("0-1");
	cgroup("cdm.slice", "0-1");
	cgroups[1].migrates = true;
	hot_add(1);
	blocks[1].state = blocks[2].state = BLOCK_ONLINE;
	blocks[1].zone = blocks[2].zone = nodes[1].zone = ZONE_MOVABLE;
	nodes[1].state = NODE_ONLINE;
	topology.has_memory = set("0-1");
	state.withdrawn = state.draining = set("1");
	CHECK_STR(steps(), "revoke cdm.slice 0; create cdm-fence; fence cdm-fence 0 memory_migrate=1; drain node1 1");
}

TEST(v1_a_node_is_granted_only_when_it_is_online)
{
	v1("0");
	cgroup("cdm-fence", "0");
	cgroup("cdm.slice", "0");
	hot_add(1);
	CHECK_STR(steps(), "online node1 1 online_movable");
	cgroups[0].mems = set("0-1");
	blocks[1].state = blocks[2].state = BLOCK_ONLINE;
	blocks[1].zone = blocks[2].zone = nodes[1].zone = ZONE_MOVABLE;
	nodes[1].state = NODE_ONLINE;
	cgroups[2].migrates = true;
	CHECK_STR(steps(), "grant cdm.slice 0-1");
}

TEST(v1_children_shrink_before_parents_and_parents_grow_before_children)
{
	v1("0-2");
	pattern("pods/**");
	hot_add(1);
	hot_add(2);
	blocks[1].state = blocks[2].state = blocks[3].state = blocks[4].state = BLOCK_ONLINE;
	(void)idset_add(&state.was_online, 32);
	nodes[1].state = nodes[2].state = NODE_ONLINE;
	nodes[1].zone = nodes[2].zone = ZONE_MOVABLE;
	cgroup("lab", "0-1");
	cgroup("lab/a", "0-1");
	cgroup("lab/a/empty", NULL);
	cgroup("lab/b", "0");
	cgroup("pods", "0");
	cgroup("pods/a", "0");
	cgroup("pods/a/empty", NULL);
	for (size_t i = 1; i < tree.n; i++)
		cgroups[i].migrates = true;
	CHECK_STR(steps(), "fence lab/a 0; fence lab 0; grant pods 0-2; grant pods/a 0-2");
}

TEST(v1_lists_that_grow_and_shrink_grow_from_the_top_first)
{
	v1("0-2");
	state.known = set("0");
	system_node(1);
	hot_add(2);
	blocks[3].state = blocks[4].state = BLOCK_ONLINE;
	nodes[2].state = NODE_ONLINE;
	nodes[2].zone = ZONE_MOVABLE;
	cgroup("cdm.slice", "0,2");
	cgroup("lab", "0,2");
	cgroup("lab/a", "0,2");
	cgroup("lab/b", "0");
	for (size_t i = 1; i < tree.n; i++)
		cgroups[i].migrates = true;
	CHECK_STR(steps(),
		  "widen cdm.slice 0-2; widen lab 0-2; widen lab/a 0-2; fence lab/b 0-1; "
		  "fence lab/a 0-1; fence lab 0-1");
}

TEST(a_class_of_impossible_nodes_is_a_problem)
{
	static const struct {
		const char *nodes, *possible;
		bool guessed, problem;
	} cases[] = {
		{ "1", "0-2", false, false }, { "2-7", "0-2", false, false }, { "3", "0-2", false, true },
		{ "4-7", "0", false, true },  { "3", "0-2", true, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		reset();
		config->classes[0].match = (struct match){ .has_nodes = true, .nodes = set(cases[i].nodes) };
		topology.possible = set(cases[i].possible);
		topology.guessed = cases[i].guessed;
		topology.n_nodes = (size_t)nodeset_count(&topology.possible);
		steps();
		if (plan->problems.n != cases[i].problem)
			CHECK_FAIL("case %zu: %s", i, plan->problems.n ? plan->problems.s[0] : "no problem");
	}
	CHECK_INT(topology.n_nodes, ==, 3);
}

/* Pairs of a cgroup and its list, which "!" makes exclusive; NULL ends them. */
struct exclusive_case {
	const char *root, *lists[12], *steps, *problem;
	size_t strays;
};

static void exclusive_world(const struct exclusive_case *c)
{
	v1(c->root);
	tree.strays = c->strays;
	for (size_t i = 0; c->lists[i]; i += 2) {
		const char *mems = c->lists[i + 1];

		cgroup(c->lists[i], *mems == '!' ? mems + 1 : mems);
		cgroups[tree.n - 1].exclusive = *mems == '!';
		cgroups[tree.n - 1].migrates = true;
	}
}

/* Nodes 0 and 1 are system nodes, node 2 is a device node with its memory offline. */
TEST(v1_no_list_overlaps_an_exclusive_list_of_a_sibling)
{
	static const struct exclusive_case cases[] = {
		{ "0-1",
		  { "batch", "!1" },
		  "create cdm.slice; online node2 2 online_movable; grant cdm.slice 0 memory_migrate=1",
		  "cgroup /cdm.slice goes without node 1, which cgroup /batch has: cpuset.mem_exclusive of /batch" },
		{ "0-1",
		  { "batch", "!0-1" },
		  "online node2 2 online_movable",
		  "cgroup /cdm.slice cannot be given a list: no system node is left for it, as cgroup /batch has node 0-1" },
		{ "0-1", { "batch", "!0-1" }, "", "cgroup /cdm-fence cannot be given a list: no system node is left", 2 },
		{ "0-1",
		  { "batch", "!1" },
		  "create cdm-fence; fence cdm-fence 0 memory_migrate=1; move cdm-fence; create cdm.slice; "
		  "online node2 2 online_movable; grant cdm.slice 0 memory_migrate=1",
		  "cgroup /cdm-fence goes without node 1, which cgroup /batch has",
		  2 },
		/* lists that do not overlap are kept */
		{ "0-1", { "batch", "!1", "cdm.slice", "0" }, "online node2 2 online_movable", NULL },
		{ "0-2", { "batch", "!1", "cdm.slice", "0" }, "online node2 2 online_movable; grant cdm.slice 0,2", NULL },
		/* the group is the exclusive one */
		{ "0-2", { "cdm.slice", "!1", "lab", "0" }, "online node2 2 online_movable; grant cdm.slice 1-2", NULL },
		{ "0-2",
		  { "cdm.slice", "!1", "lab", "0,2" },
		  "fence lab 0; online node2 2 online_movable; grant cdm.slice 1-2",
		  NULL },
		/* a list without system nodes, while another cgroup has all of them exclusively */
		{ "0-2",
		  { "batch", "!0-1", "lab", "2" },
		  "",
		  "cgroup /lab cannot be given a list: no system node is left for it, as cgroup /batch has node 0-1" },
		/* exclusive matters only between siblings */
		{ "0-1",
		  { "a", "0-1", "a/batch", "!0-1", "b", "0-1", "b/batch", "0-1", "cdm.slice", "0-1" },
		  "online node2 2 online_movable",
		  NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		const char *got;

		exclusive_world(&cases[i]);
		system_node(1);
		hot_add(2);
		state.known = set("0-1");
		got = steps();
		if (!streq(got, cases[i].steps))
			CHECK_FAIL("case %zu: \"%s\", not \"%s\"", i, got, cases[i].steps);
		if (!cases[i].problem != !plan->problems.n ||
		    (cases[i].problem && !strstr(plan->problems.s[0], cases[i].problem)))
			CHECK_FAIL("case %zu: problem \"%s\"", i, plan->problems.n ? plan->problems.s[0] : "");
	}
}

/* Plans a teardown with these cgroups in the state. */
static void tear_down(struct saved_cgroup *saved, size_t n)
{
	struct plan *back = NULL;

	state.cgroups = saved;
	state.n_cgroups = n;
	CHECK_INT(classify(&topology, config, &state.known, &now.classes), ==, 0);
	CHECK_INT(plan_teardown(&now, &state, &back), ==, 0);
	plan_free(plan);
	plan = back;
	state.cgroups = NULL;
	state.n_cgroups = 0;
}

/* The first of two groups gets the new node; a problem says why the other does not. */
TEST(v1_of_two_groups_with_an_exclusive_one_the_first_gets_the_node)
{
	v1("0-2");
	system_node(1);
	hot_add(2);
	state.known = set("0-1");
	pattern("gpu-*");
	cgroup("gpu-a", "0");
	cgroup("gpu-b", "1");
	cgroups[1].migrates = cgroups[2].migrates = cgroups[2].exclusive = true;
	CHECK_STR(steps(), "online node2 2 online_movable; grant gpu-a 0,2");
	CHECK_INT(plan->problems.n, ==, 1);
	CHECK(strstr(plan->problems.s[0],
		     "cgroup /gpu-b goes without node 2, which cgroup /gpu-a has: "
		     "cpuset.mem_exclusive of /gpu-b keeps the two apart"));
}

TEST(v1_teardown_restores_no_node_that_a_sibling_has_exclusively)
{
	static struct saved_cgroup saved[] = { { .path = (char *)"lab", .mems = (char *)"0-1" } };

	v1("0-1");
	system_node(1);
	state.known = set("0-1");
	cgroup("batch", "1");
	cgroups[1].exclusive = true;
	cgroup("lab", "0");
	tear_down(saved, 1);
	CHECK_STR(lines(), "restore lab 0");
}

TEST(v1_teardown_restores_lists_without_the_nodes_it_takes_offline)
{
	static struct saved_cgroup saved[] = { { .path = (char *)"cdm-fence", .created = true },
					       { .path = (char *)"cdm.slice", .mems = (char *)"0" },
					       { .path = (char *)"lab", .mems = (char *)"0-2", .migrating = true },
					       { .path = (char *)"lab/a", .mems = (char *)"0-1" } };

	v1("0-2");
	hot_add(1);
	hot_add(2);
	blocks[1].state = blocks[2].state = blocks[3].state = blocks[4].state = BLOCK_ONLINE;
	nodes[1].state = nodes[2].state = NODE_ONLINE;
	nodes[1].zone = nodes[2].zone = ZONE_MOVABLE;
	for (uint64_t id = 32; id < 34; id++)
		(void)idset_add(&state.onlined, id); /* cdmd did not online node 2, so it stays online */
	cgroup("cdm-fence", "0");
	cgroup("cdm.slice", "0-2");
	cgroups[2].effective = set("0-2");
	cgroup("lab", "0");
	cgroup("lab/a", "0");
	tear_down(saved, 4);
	CHECK_STR(lines(),
		  "revoke cdm.slice 0; drain node1 1; offline node1 1 offline; widen lab 0,2; restore lab/a 0; "
		  "restore lab 0,2 memory_migrate=0; restore cdm.slice 0; move /; remove cdm-fence");
}

TEST(teardown_revokes_and_drains_before_it_lifts_fences)
{
	static struct saved_cgroup saved[] = { { .path = (char *)"cdm.slice", .mems = (char *)"", .created = true },
					       { .path = (char *)"system.slice", .mems = (char *)"0-1" } };
	struct plan *back = NULL;

	reset();
	cgroup("cdm.slice", "0-2");
	cgroups[1].effective = set("0-1");
	cgroup("system.slice", "0");
	hot_add(1);
	blocks[1].state = blocks[2].state = BLOCK_ONLINE;
	nodes[1].state = NODE_ONLINE;
	nodes[1].zone = blocks[1].zone = blocks[2].zone = ZONE_MOVABLE;
	(void)idset_add(&state.onlined, 32);
	(void)idset_add(&state.onlined, 33);
	state.cgroups = saved;
	state.n_cgroups = 2;
	CHECK_INT(classify(&topology, config, &state.known, &now.classes), ==, 0);
	CHECK_INT(plan_teardown(&now, &state, &back), ==, 0);
	CHECK_INT(back->n, ==, 6);
	CHECK_INT(back->steps[0].kind, ==, STEP_REVOKE);
	CHECK_STR(back->steps[0].target, "cdm.slice");
	CHECK_INT(back->steps[1].kind, ==, STEP_DRAIN);
	CHECK_INT(back->steps[1].node, ==, 1);
	CHECK_INT(back->steps[2].kind, ==, STEP_OFFLINE);
	CHECK_INT(back->steps[2].node, ==, 1);
	CHECK_INT(back->steps[3].kind, ==, STEP_RESTORE);
	CHECK_STR(back->steps[3].target, "system.slice");
	CHECK_STR(NODESET_STR(&back->steps[3].nodes), "0-1");
	CHECK_INT(back->steps[4].kind, ==, STEP_RESTORE);
	CHECK_INT(back->steps[5].kind, ==, STEP_REMOVE);
	plan_free(back);
	state.cgroups = NULL;
	state.n_cgroups = 0;
}

TEST(teardown_restores_auto_online_blocks_if_nobody_changed_it)
{
	static const struct {
		const char *before, *now, *lines;
	} cases[] = {
		{ NULL, "offline", "" },
		{ NULL, "online", "" },
		{ "online", "offline", "auto-online auto_online_blocks online" },
		{ "online", "online_movable", "" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		reset();
		state.auto_online = (char *)cases[i].before;
		topology.auto_online = (char *)cases[i].now;
		CHECK_INT(classify(&topology, config, &state.known, &now.classes), ==, 0);
		CHECK_INT(plan_teardown(&now, &state, &plan), ==, 0);
		CHECK_STR(lines(), cases[i].lines);
	}
	state.auto_online = NULL;
}

CHECK_MAIN()
