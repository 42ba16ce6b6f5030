/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which class a node gets, by every match key and by its evidence, on captured and made machines. */

#include "check.h"

#include "libcdm/origin/origin.h"
#include "libcdm/snapshot/classify.h"

#include <errno.h>

#define TREES "tests/fixtures/trees/"

/* A machine made by hand: node 0 has CPUs and boot memory; each test case defines the others. */
struct machine {
	struct node nodes[8];
	struct topology t;
};

static void machine_make(struct machine *m, const struct node *others, size_t n)
{
	*m = (struct machine){ 0 };
	m->nodes[0] = (struct node){ .id = 0,
				     .exists = true,
				     .has_cpu = true,
				     .state = NODE_ONLINE,
				     .zone = ZONE_KERNEL,
				     .origin = ORIGIN_BOOT,
				     .origin_why = "memory of the boot",
				     .cpus = (char *)"0-3",
				     .distance = -1,
				     .tier = 4 };
	for (size_t i = 0; i < n; i++) {
		m->nodes[i + 1] = others[i];
		m->nodes[i + 1].id = (int)i + 1;
		if (!others[i].cpus)
			m->nodes[i + 1].cpus = (char *)"";
		if (!others[i].origin_why)
			m->nodes[i + 1].origin_why = "a signal";
	}
	m->t.nodes = m->nodes;
	m->t.n_nodes = n + 1;
}

#define ON(zone_, origin_) .exists = true, .state = NODE_ONLINE, .zone = zone_, .origin = origin_
#define CLASS(name_, ...)                                       \
	{                                                       \
		.name = (char *)name_, .match = { __VA_ARGS__ } \
	}
/* Versions of clang-format format a pair of braces differently. */
/* clang-format off */
#define MANY(...) { __VA_ARGS__ }
#define NAMES(...) { .s = (char *[]){ __VA_ARGS__ }, .n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *) }
/* clang-format on */
#define ORIGIN(o) .origins = 1U << (o)

static const struct nodeset all = { { ~0UL } };

struct match_case {
	const char *what;
	struct node node; /* node 1 of the machine */
	struct class class;
	const char *why; /* NULL: it is system memory */
};

static const struct match_case cases[] = {
	/* The built-in class. */
	{ "nvidia", { ON(ZONE_MOVABLE, ORIGIN_NVIDIA) }, CLASS("d", .device = true), "class d: origin nvidia (a signal)" },
	{ "dax", { ON(ZONE_MOVABLE, ORIGIN_DAX) }, CLASS("d", .device = true), "class d: origin dax (a signal)" },
	{ "dax beside CPUs",
	  { ON(ZONE_KERNEL, ORIGIN_DAX), .has_cpu = true },
	  CLASS("d", .device = true),
	  "class d: origin dax (a signal)" },
	{ "cxl, not even movable", { ON(ZONE_KERNEL, ORIGIN_CXL) }, CLASS("d", .device = true), "class d: origin cxl (a signal)" },
	{ "boot memory without CPUs", { ON(ZONE_KERNEL, ORIGIN_BOOT) }, CLASS("d", .device = true), NULL },
	{ "partly in a kernel zone", { ON(ZONE_MIXED, ORIGIN_BOOT) }, CLASS("d", .device = true), NULL },
	{ "movable without CPUs",
	  { ON(ZONE_MOVABLE, ORIGIN_ACPI) },
	  CLASS("d", .device = true),
	  "class d: CPU-less, its memory wholly movable" },
	{ "offline without CPUs",
	  { .exists = true, .state = NODE_OFFLINE, .origin = ORIGIN_ACPI },
	  CLASS("d", .device = true),
	  "class d: CPU-less, its memory wholly offline" },
	{ "movable beside CPUs",
	  { ON(ZONE_MOVABLE, ORIGIN_ACPI), .has_cpu = true, .cpus = (char *)"4-7" },
	  CLASS("d", .device = true),
	  NULL },
	{ "offline beside CPUs",
	  { .exists = true, .state = NODE_OFFLINE, .origin = ORIGIN_ACPI, .has_cpu = true },
	  CLASS("d", .device = true),
	  NULL },
	/* Each key by itself. */
	{ "nodes",
	  { ON(ZONE_KERNEL, ORIGIN_BOOT) },
	  CLASS("c", .has_nodes = true, .nodes = MANY({ 2 | 4 })),
	  "class c: one of the nodes 1-2" },
	{ "nodes beside CPUs",
	  { ON(ZONE_KERNEL, ORIGIN_BOOT), .has_cpu = true },
	  CLASS("c", .has_nodes = true, .nodes = MANY({ 2 })),
	  "class c: one of the nodes 1" },
	{ "other nodes", { ON(ZONE_MOVABLE, ORIGIN_NVIDIA) }, CLASS("c", .has_nodes = true, .nodes = MANY({ 4 })), NULL },
	{ "origin", { ON(ZONE_KERNEL, ORIGIN_BOOT) }, CLASS("c", ORIGIN(ORIGIN_BOOT)), "class c: origin boot (a signal)" },
	{ "origin boot beside CPUs", { ON(ZONE_KERNEL, ORIGIN_BOOT), .has_cpu = true }, CLASS("c", ORIGIN(ORIGIN_BOOT)), NULL },
	{ "origin acpi beside CPUs", { ON(ZONE_KERNEL, ORIGIN_ACPI), .has_cpu = true }, CLASS("c", ORIGIN(ORIGIN_ACPI)), NULL },
	{ "another origin", { ON(ZONE_MOVABLE, ORIGIN_DAX) }, CLASS("c", ORIGIN(ORIGIN_CXL)), NULL },
	{ "one of two origins",
	  { ON(ZONE_MOVABLE, ORIGIN_CXL) },
	  CLASS("c", .origins = 1U << ORIGIN_DAX | 1U << ORIGIN_CXL),
	  "class c: origin cxl (a signal)" },
	{ "cpuless", { ON(ZONE_KERNEL, ORIGIN_BOOT) }, CLASS("c", .has_cpuless = true, .cpuless = true), "class c: CPU-less" },
	{ "cpuless, but it has CPUs",
	  { ON(ZONE_KERNEL, ORIGIN_DAX), .has_cpu = true },
	  CLASS("c", .has_cpuless = true, .cpuless = true),
	  NULL },
	{ "with CPUs", { ON(ZONE_KERNEL, ORIGIN_DAX), .has_cpu = true }, CLASS("c", .has_cpuless = true), "class c: has CPUs" },
	{ "with CPUs, ordinary memory", { ON(ZONE_KERNEL, ORIGIN_BOOT), .has_cpu = true }, CLASS("c", .has_cpuless = true), NULL },
	{ "tier", { ON(ZONE_MOVABLE, ORIGIN_ACPI), .tier = 22 }, CLASS("c", .has_tier = true, .tier = 22), "class c: tier 22" },
	{ "another tier", { ON(ZONE_MOVABLE, ORIGIN_ACPI), .tier = 4 }, CLASS("c", .has_tier = true, .tier = 22), NULL },
	{ "no tier", { ON(ZONE_MOVABLE, ORIGIN_ACPI), .tier = -1 }, CLASS("c", .has_tier = true, .tier = 4), NULL },
	{ "distance",
	  { ON(ZONE_MOVABLE, ORIGIN_ACPI), .distance = 80 },
	  CLASS("c", .has_distance = true, .distance_min = 40, .distance_max = 80),
	  "class c: distance 80" },
	{ "too near",
	  { ON(ZONE_MOVABLE, ORIGIN_ACPI), .distance = 39 },
	  CLASS("c", .has_distance = true, .distance_min = 40, .distance_max = 80),
	  NULL },
	{ "too far",
	  { ON(ZONE_MOVABLE, ORIGIN_ACPI), .distance = 81 },
	  CLASS("c", .has_distance = true, .distance_min = 40, .distance_max = 80),
	  NULL },
	{ "distance unknown",
	  { ON(ZONE_MOVABLE, ORIGIN_ACPI), .distance = -1 },
	  CLASS("c", .has_distance = true, .distance_min = -1, .distance_max = 80),
	  NULL },
	{ "pci",
	  { ON(ZONE_MOVABLE, ORIGIN_NVIDIA), .pci = NAMES((char *)"0009:01:00.0") },
	  CLASS("c", .pci = (char *)"0009:*"),
	  "class c: PCI device 0009:01:00.0" },
	{ "another pci",
	  { ON(ZONE_MOVABLE, ORIGIN_NVIDIA), .pci = NAMES((char *)"0019:01:00.0") },
	  CLASS("c", .pci = (char *)"0009:*"),
	  NULL },
	{ "pci unknown", { ON(ZONE_MOVABLE, ORIGIN_NVIDIA) }, CLASS("c", .pci = (char *)"*"), NULL },
	{ "driver",
	  { ON(ZONE_MOVABLE, ORIGIN_DAX), .drivers = NAMES((char *)"kmem") },
	  CLASS("c", .driver = (char *)"kmem"),
	  "class c: driver kmem" },
	{ "driver unknown", { ON(ZONE_MOVABLE, ORIGIN_DAX) }, CLASS("c", .driver = (char *)"kmem"), NULL },
	{ "any of its PCI devices",
	  { ON(ZONE_MOVABLE, ORIGIN_CXL), .pci = NAMES((char *)"0000:31:00.0", (char *)"0000:41:00.0") },
	  CLASS("c", .pci = (char *)"0000:4*"),
	  "class c: PCI device 0000:41:00.0" },
	{ "any of its drivers",
	  { ON(ZONE_MOVABLE, ORIGIN_CXL), .drivers = NAMES((char *)"kmem", (char *)"cxl_pci") },
	  CLASS("c", .driver = (char *)"cxl*"),
	  "class c: driver cxl_pci" },
	/* Device memory that firmware mapped as ordinary memory: only a match that names the origin gets it. */
	{ "ordinary memory of a CXL device", { ON(ZONE_KERNEL, ORIGIN_CXL), .ordinary = true }, CLASS("d", .device = true), NULL },
	{ "ordinary memory of a CXL device, asked for",
	  { ON(ZONE_KERNEL, ORIGIN_CXL), .ordinary = true },
	  CLASS("c", ORIGIN(ORIGIN_CXL)),
	  "class c: origin cxl (a signal)" },
	{ "ordinary memory of a CXL device, but movable",
	  { ON(ZONE_MOVABLE, ORIGIN_CXL), .ordinary = true },
	  CLASS("d", .device = true),
	  "class d: CPU-less, its memory wholly movable" },
	/* All keys of a match must hold. */
	{ "all keys",
	  { ON(ZONE_MOVABLE, ORIGIN_CXL), .tier = 22, .distance = 80, .pci = NAMES((char *)"0000:41:00.0"),
	    .drivers = NAMES((char *)"kmem") },
	  CLASS("c", .device = true, .has_nodes = true, .nodes = MANY({ 2 }), ORIGIN(ORIGIN_CXL), .has_cpuless = true,
		.cpuless = true, .has_tier = true, .tier = 22, .has_distance = true, .distance_max = 80,
		.pci = (char *)"*", .driver = (char *)"kmem"),
	  "class c: one of the nodes 1, origin cxl (a signal), CPU-less, tier 22, distance 80, PCI device 0000:41:00.0, driver kmem" },
	{ "two keys, and both hold",
	  { ON(ZONE_MOVABLE, ORIGIN_DAX), .tier = 22 },
	  CLASS("c", ORIGIN(ORIGIN_DAX), .has_tier = true, .tier = 22),
	  "class c: origin dax (a signal), tier 22" },
	{ "two keys, and one holds",
	  { ON(ZONE_MOVABLE, ORIGIN_DAX), .tier = 4 },
	  CLASS("c", ORIGIN(ORIGIN_DAX), .has_tier = true, .tier = 22),
	  NULL },
};

TEST(a_node_gets_a_class_if_all_keys_of_its_match_hold)
{
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_classification_ struct classification *k = NULL;
		struct config c = { .classes = (struct class *)&cases[i].class, .n_classes = 1 };
		struct machine m;

		printf("# %s\n", cases[i].what);
		machine_make(&m, &cases[i].node, 1);
		CHECK_INT(classify(&m.t, &c, &all, &k), ==, 0);
		CHECK_INT(k->nodes[0].class, ==, CLASS_SYSTEM);
		CHECK_STR(k->nodes[0].why, "system: has CPUs 0-3");
		CHECK_INT(k->nodes[1].class, ==, cases[i].why ? 0 : CLASS_SYSTEM);
		CHECK_INT(k->nodes[1].could_be, ==, cases[i].why ? 1 : 0);
		CHECK_INT(nodeset_has(&k->device, 1), ==, cases[i].why != NULL);
		CHECK_INT(nodeset_has(&k->of_class[0], 1), ==, cases[i].why != NULL);
		CHECK_INT(nodeset_has(&k->system, 1), ==, !cases[i].why && m.nodes[1].state == NODE_ONLINE);
		if (cases[i].why)
			CHECK_STR(k->nodes[1].why, cases[i].why);
	}
}

TEST(a_cpuless_node_added_after_boot_is_a_device_node)
{
	struct class class = CLASS("d", .device = true);
	struct config c = { .classes = &class, .n_classes = 1 };
	struct node others[] = { { ON(ZONE_KERNEL, ORIGIN_ACPI) }, { ON(ZONE_KERNEL, ORIGIN_ACPI), .has_cpu = true } };
	struct nodeset known = nodeset_of(0), none = NODESET_EMPTY;
	_cleanup_classification_ struct classification *k = NULL, *u = NULL, *v = NULL;
	struct machine m;

	machine_make(&m, others, ELEMENTSOF(others));
	CHECK_INT(classify(&m.t, &c, &known, &k), ==, 0);
	CHECK_STR(k->nodes[1].why, "class d: CPU-less, came while the system ran");
	CHECK_STR(NODESET_STR(&k->device), "1");
	CHECK_STR(NODESET_STR(&k->system), "0,2");
	/* The nodes present at boot are unknown. */
	CHECK_INT(classify(&m.t, &c, &none, &u), ==, 0);
	CHECK_STR(NODESET_STR(&u->device), "");
	CHECK_INT(classify(&m.t, &c, NULL, &v), ==, 0);
	CHECK_STR(NODESET_STR(&v->device), "");
	CHECK_STR(v->nodes[1].why, "system: CPU-less, but no class matches it (origin acpi: a signal)");
}

TEST(the_first_class_wins)
{
	struct class classes[] = { CLASS("gpu", ORIGIN(ORIGIN_NVIDIA)),
				   CLASS("far", .has_cpuless = true, .cpuless = true), CLASS("dax", ORIGIN(ORIGIN_DAX)) };
	struct config c = { .classes = classes, .n_classes = 3 };
	struct node others[] = { { ON(ZONE_MOVABLE, ORIGIN_NVIDIA) }, { ON(ZONE_MOVABLE, ORIGIN_DAX) } };
	_cleanup_classification_ struct classification *k = NULL;
	struct machine m;

	machine_make(&m, others, ELEMENTSOF(others));
	CHECK_INT(classify(&m.t, &c, &all, &k), ==, 0);
	CHECK_STR(NODESET_STR(&k->of_class[0]), "1");
	CHECK_STR(NODESET_STR(&k->of_class[1]), "2");
	CHECK_STR(NODESET_STR(&k->of_class[2]), "");
}

/* If every possible node has its memory and none is a device node, no fence is ever needed. */
TEST(devices_are_expected_if_a_node_is_absent_or_a_device)
{
	struct class device = CLASS("device", .device = true);
	struct config c = { .classes = &device, .n_classes = 1 };
	const struct {
		struct node other;
		bool devices;
	} others[] = {
		{ { ON(ZONE_KERNEL, ORIGIN_BOOT), .has_cpu = true }, false },
		{ { ON(ZONE_KERNEL, ORIGIN_BOOT) }, false },
		{ { ON(ZONE_UNKNOWN, ORIGIN_NONE) }, false },
		{ { ON(ZONE_MOVABLE, ORIGIN_ACPI) }, true },
		{ { .state = NODE_ABSENT }, true },
	};

	for (size_t i = 0; i < ELEMENTSOF(others); i++) {
		_cleanup_classification_ struct classification *k = NULL;
		struct machine m;

		machine_make(&m, &others[i].other, 1);
		CHECK_INT(classify(&m.t, &c, &all, &k), ==, 0);
		CHECK_INT(classification_has_devices(k), ==, others[i].devices);
	}
}

TEST(classes_that_leave_no_online_system_node_are_refused)
{
	struct class everything = CLASS("all", .has_nodes = true, .nodes = MANY({ 3 }));
	struct config c = { .classes = &everything, .n_classes = 1 };
	struct node online = { ON(ZONE_KERNEL, ORIGIN_BOOT) };
	struct node offline = { .exists = true, .state = NODE_OFFLINE, .has_cpu = true, .origin = ORIGIN_BOOT };
	_cleanup_classification_ struct classification *k = NULL, *k2 = NULL;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct machine m;

	machine_make(&m, &online, 1);
	CHECK_INT(classify(&m.t, &c, &all, &k), ==, 0);
	CHECK_INT(classification_check(k, &err), ==, -ENODATA);
	CHECK(strstr(error_text(&err), "the classes leave no system node"));
	/* Offline memory cannot hold pages. */
	everything.match.nodes = nodeset_of(0);
	machine_make(&m, &offline, 1);
	CHECK_INT(classify(&m.t, &c, &all, &k2), ==, 0);
	CHECK_INT(classification_check(k2, &err), ==, -ENODATA);
}

struct absent_case {
	const char *what;
	struct class classes[3];
	size_t n;
	uint64_t could_be;
	const char *why;
};

static const struct absent_case absent_cases[] = {
	{ "built-in", { CLASS("device", .device = true) }, 1, 1, "absent: could be device" },
	{ "its number is excluded", { CLASS("lab", .has_nodes = true, .nodes = MANY({ 4 })) }, 1, 0, "absent: no class could match it" },
	{ "its number is excluded, whatever other keys",
	  { CLASS("lab", .has_nodes = true, .nodes = MANY({ 4 }), ORIGIN(ORIGIN_DAX)) },
	  1,
	  0,
	  "absent: no class could match it" },
	{ "keys that are unknown for an absent node",
	  { CLASS("gpu", ORIGIN(ORIGIN_NVIDIA)), CLASS("far", .has_distance = true, .distance_max = 40),
	    CLASS("t", .has_tier = true) },
	  3,
	  7,
	  "absent: could be gpu, far, t" },
	/* A match by number alone always holds: later classes are never reached, earlier ones may be. */
	{ "by number",
	  { CLASS("gpu", ORIGIN(ORIGIN_NVIDIA)), CLASS("lab", .has_nodes = true, .nodes = MANY({ 2 })),
	    CLASS("device", .device = true) },
	  3,
	  3,
	  "absent: could be gpu, lab" },
	{ "by number and more",
	  { CLASS("lab", .has_nodes = true, .nodes = MANY({ 2 }), .has_tier = true), CLASS("device", .device = true) },
	  2,
	  3,
	  "absent: could be lab, device" },
};

TEST(the_possible_classes_of_an_absent_node_are_found)
{
	for (size_t i = 0; i < ELEMENTSOF(absent_cases); i++) {
		const struct absent_case *a = &absent_cases[i];
		_cleanup_classification_ struct classification *k = NULL;
		struct config c = { .classes = (struct class *)a->classes, .n_classes = a->n };
		struct node absent = { .state = NODE_ABSENT };
		struct machine m;

		printf("# %s\n", a->what);
		machine_make(&m, &absent, 1);
		CHECK_INT(classify(&m.t, &c, &all, &k), ==, 0);
		CHECK_INT(k->nodes[1].class, ==, CLASS_SYSTEM);
		CHECK_INT(k->nodes[1].could_be, ==, a->could_be);
		CHECK_STR(k->nodes[1].why, a->why);
		CHECK_STR(NODESET_STR(&k->system), "0");
		CHECK(nodeset_empty(&k->device));
	}
}

TEST(absent_nodes_are_grantable_if_every_possible_class_is)
{
	/* 1 gpu, 2 far, 3 absent (gpu or lab), 4 absent (gpu or far), 5 offline gpu */
	struct class classes[] = { CLASS("gpu", ORIGIN(ORIGIN_NVIDIA)),
				   CLASS("lab", .has_nodes = true, .nodes = MANY({ 8 })),
				   CLASS("far", .has_cpuless = true, .cpuless = true) };
	struct config c = { .classes = classes, .n_classes = 3 };
	struct node others[] = { { ON(ZONE_MOVABLE, ORIGIN_NVIDIA) },
				 { ON(ZONE_MOVABLE, ORIGIN_ACPI) },
				 { .state = NODE_ABSENT },
				 { .state = NODE_ABSENT, .exists = true },
				 { .exists = true, .state = NODE_OFFLINE, .origin = ORIGIN_NVIDIA } };
	static const struct {
		uint64_t classes;
		const char *nodes;
	} grants[] = { { 0, "" }, { 1, "1,5" }, { 2, "" }, { 4, "2" }, { 3, "1,3,5" }, { 5, "1-2,4-5" }, { 7, "1-5" } };
	_cleanup_classification_ struct classification *k = NULL;
	struct machine m;

	machine_make(&m, others, ELEMENTSOF(others));
	CHECK_INT(classify(&m.t, &c, &all, &k), ==, 0);
	for (size_t i = 0; i < ELEMENTSOF(grants); i++) {
		struct nodeset s = classify_grantable(k, &m.t, grants[i].classes);

		CHECK_STR(NODESET_STR(&s), grants[i].nodes);
	}
}

TEST(the_builtin_class_classifies_every_captured_tree)
{
	static const struct {
		const char *tree, *system, *device, *grantable;
	} trees[] = {
		{ "acpi", "0", "1", "1-2" },
		{ "acpi-online", "0", "1", "1-2" },
		{ "dax", "0", "2", "1-2" },
		{ "gh200", "0-3", "4,12,20,28", "4-35" },
		{ "power9", "0,8", "252-255", "252-255" },
		{ "boot-cpuless", "0-1", "", "2" },
		{ "cxl", "0-1", "2", "2-3" },
		{ "cxl-user", "0-1", "2", "2-3" },
		{ "cxl-qemu", "0", "2", "1-2" },
		{ "cxl-server", "0-1,3", "2,4", "2,4-5" },
		{ "gh200-cdmm", "0", "", "1-8" },
	};
	struct class class = CLASS("device", .device = true);
	struct config c = { .classes = &class, .n_classes = 1 };

	/* Reading each tree in full and in brief must give the same classes. */
	for (size_t n = 0; n < 2 * ELEMENTSOF(trees); n++) {
		const size_t i = n / 2;
		const unsigned what = TOPOLOGY_TIERS | (n % 2 ? TOPOLOGY_BRIEF : 0);
		_cleanup_error_ struct error err = ERROR_NONE;
		_cleanup_root_ struct root root = ROOT_NONE;
		_cleanup_topology_ struct topology *t = NULL;
		_cleanup_classification_ struct classification *k = NULL;
		char dir[64];

		printf("# %s%s\n", trees[i].tree, n % 2 ? ", in brief" : "");
		snprintf(dir, sizeof(dir), TREES "%s", trees[i].tree);
		CHECK_INT(root_open(dir, &root, &err), ==, 0);
		CHECK_INT(topology_read(&root, what, &t, &err), ==, 0);
		CHECK_INT(origin_detect(&root, NULL, t), ==, 0);
		CHECK_INT(classify(t, &c, NULL, &k), ==, 0);
		struct nodeset grantable = classify_grantable(k, t, CLASS_BIT(0));
		CHECK_STR(NODESET_STR(&k->system), trees[i].system);
		CHECK_STR(NODESET_STR(&k->device), trees[i].device);
		CHECK_STR(NODESET_STR(&grantable), trees[i].grantable);
	}
}

TEST(the_reasons_name_the_evidence_in_the_tree)
{
	struct class class = CLASS("gpu", ORIGIN(ORIGIN_NVIDIA));
	struct config c = { .classes = &class, .n_classes = 1 };
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE, cpuless = ROOT_NONE;
	_cleanup_topology_ struct topology *t = NULL, *u = NULL;
	_cleanup_classification_ struct classification *k = NULL, *l = NULL;

	CHECK_INT(root_open(TREES "gh200", &root, &err), ==, 0);
	CHECK_INT(topology_read(&root, TOPOLOGY_TIERS, &t, &err), ==, 0);
	CHECK_INT(origin_detect(&root, NULL, t), ==, 0);
	CHECK_INT(classify(t, &c, NULL, &k), ==, 0);
	CHECK_STR(k->nodes[0].why, "system: has CPUs 0-71");
	CHECK_STR(k->nodes[4].why, "class gpu: origin nvidia (/proc/iomem: System RAM (NVIDIA))");
	CHECK_INT(root_open(TREES "boot-cpuless", &cpuless, &err), ==, 0);
	CHECK_INT(topology_read(&cpuless, TOPOLOGY_TIERS, &u, &err), ==, 0);
	CHECK_INT(origin_detect(&cpuless, NULL, u), ==, 0);
	CHECK_INT(classify(u, &c, NULL, &l), ==, 0);
	CHECK_STR(l->nodes[1].why, "system: CPU-less, but ordinary boot memory");
}

CHECK_MAIN()
