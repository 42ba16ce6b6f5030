/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libcdm.so on a captured machine: the nodes that a process with given nodes gets to see. */

#include "check.h"
#include "tree.h"

#include "libcdm/api/cdm-internal.h"
#include "libcdm/api/cdm.h"
#include "libcdm/rules/rules.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Returns what a process that may use these nodes sees of a captured machine. */
static struct look *look_at_tree(const char *tree, const char *usable)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_free_ char *dir = NULL;
	struct look *look = NULL;

	if (asprintf(&dir, "tests/fixtures/trees/%s", tree) < 0 || root_open(dir, &root, NULL) < 0 ||
	    look_at(&root, NULL, &look, NULL) < 0 || nodeset_parse(usable, &look->usable) < 0)
		abort();
	return look;
}

TEST(a_place_resolves_to_its_possible_and_its_usable_nodes)
{
	static const struct {
		const char *tree, *usable, *where, *all, *now;
		int r;
	} cases[] = {
		{ "gh200", "0-3", NULL, "4,12,20,28", "", 0 },
		{ "power9", "0,8,255", NULL, "252-255", "255", 0 },
		{ "power9", "0,8,255", "device", "252-255", "255", 0 },
		{ "power9", "0,8,255", "system", "0,8", "0,8", 0 },
		{ "power9", "0,255", "system", "0,8", "0", 0 },
		{ "power9", "0,8,255", "0,255", "0,255", "0,255", 0 },
		{ "power9", "0,8,255", "252-253", "252-253", "", 0 },
		{ "power9", "0", "1024", "", "", -ENOENT },
		{ "power9", "0", "", "", "", -ENOENT },
		{ "power9", "0", "gpu", "", "", -ENOENT },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_look_ struct look *look = look_at_tree(cases[i].tree, cases[i].usable);
		_cleanup_error_ struct error err = ERROR_NONE;
		struct place p = { NODESET_EMPTY, NODESET_EMPTY };
		int r = place_in(look, cases[i].where, &p, &err);

		if (r == 0 && strcmp(cases[i].tree, "gh200") == 0)
			CHECK(nodeset_has(&p.all, 4) && nodeset_has(&p.all, 28) && !nodeset_has(&p.all, 0));
		else
			CHECK_STR(NODESET_STR(&p.all), cases[i].all);
		CHECK_STR(NODESET_STR(&p.now), cases[i].now);
		CHECK_INT(r, ==, cases[i].r);
	}
}

TEST(an_unusable_place_is_refused_with_the_reason)
{
	static const struct {
		const char *tree, *usable, *where;
		int r;
		const char *says;
	} cases[] = {
		{ "power9", "0,8", NULL, -EACCES,
		  "this process's cpuset allows nodes 0,8, not node 253-255 (any class): run it under cdm-launch, or in a "
		  "unit with Slice=cdm.slice" },
		{ "power9", "0,8", "252", -ENODEV,
		  "no memory of node 252 (252) is online: see `cdmadm nodes`, or wait for it with cdm_watch_open()" },
		{ "power9", "0,8", "gpu", -ENOENT,
		  "\"gpu\" is neither a class of the configuration (device) nor \"system\" nor a list of nodes that there "
		  "can be (0,8,252-255): see `cdmadm nodes`" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_look_ struct look *look = look_at_tree(cases[i].tree, cases[i].usable);
		_cleanup_error_ struct error err = ERROR_NONE;
		struct place p;

		CHECK_INT(place_need_in(look, cases[i].where, &p, &err), ==, cases[i].r);
		CHECK_STR(error_text(&err), cases[i].says);
	}
}

TEST(nodes_list_shows_class_grant_state_and_size)
{
	_cleanup_look_ struct look *look = look_at_tree("power9", "0,8,255");
	struct cdm_node *list = NULL;
	int seen = 0;

	CHECK_INT(nodes_list(look, &list), ==, 0);
	for (const struct cdm_node *n = list; n; n = n->next, seen++) {
		CHECK_INT(n->is_device, ==, n->node >= 250);
		CHECK_STR(n->class_name, n->node >= 250 ? "device" : "system");
		CHECK_INT(n->is_granted, ==, n->node == 255 || n->node < 250);
		if (n->node == 252)
			CHECK_INT(n->state, ==, CDM_OFFLINE);
		if (n->node == 253)
			CHECK(n->state == CDM_PARTIAL && n->size == 768 << 20 && n->online == 512 << 20);
	}
	CHECK_INT(seen, ==, 6);
	cdm_nodes_free(list);
}

TEST(flags_select_the_policy_and_invalid_ones_are_refused)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	CHECK_INT(policy_of(0, 0, &err), ==, POLICY_PREFER);
	CHECK_INT(policy_of(CDM_STRICT | CDM_MOVE, CDM_MOVE, &err), ==, POLICY_BIND);
	CHECK_INT(policy_of(CDM_INTERLEAVE, 0, &err), ==, POLICY_INTERLEAVE);
	CHECK_INT(policy_of(CDM_WEIGHTED, 0, &err), ==, POLICY_WEIGHTED);
	CHECK_INT(policy_of(CDM_STRICT | CDM_WEIGHTED, 0, &err), ==, -EINVAL);
	CHECK_INT(policy_of(CDM_MOVE, 0, &err), ==, -EINVAL);
	CHECK_INT(policy_of(0x80000000, CDM_MOVE, &err), ==, -EINVAL);
}

TEST(a_range_must_start_on_a_page_and_its_end_is_rounded_up)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	size_t page = page_size();
	struct pages p;

	CHECK(pages_of((void *)(4 * page), 1, &p, &err) == 0 && p.n == 1 && p.start == (char *)(4 * page));
	CHECK(pages_of((void *)(4 * page), 2 * page + 1, &p, &err) == 0 && p.n == 3);
	CHECK_INT(pages_of((void *)(4 * page + 8), page, &p, &err), ==, -EINVAL);
	CHECK_INT(pages_of((void *)(4 * page), 0, &p, &err), ==, -EINVAL);
	CHECK_INT(pages_of((void *)(4 * page), SIZE_MAX, &p, &err), ==, -EINVAL);
}

TEST(uevents_of_nodes_and_memory_blocks_are_recognized)
{
	static const char node[] =
		"add@/devices/system/node/node1\0ACTION=add\0DEVPATH=/devices/system/node/node1\0"
		"SUBSYSTEM=node\0SEQNUM=2000";
	static const char memory[] = "online@/devices/system/memory/memory33\0ACTION=online\0SUBSYSTEM=memory";
	static const char other[] = "add@/x\0SUBSYSTEM=net\0INTERFACE=SUBSYSTEM=node\0XSUBSYSTEM=node";

	CHECK(uevent_is_of_memory(node, sizeof(node)));
	CHECK(uevent_is_of_memory(memory, sizeof(memory)));
	CHECK(!uevent_is_of_memory(other, sizeof(other)));
	/* A message that lacks its final null byte is ignored. */
	CHECK(!uevent_is_of_memory(memory, sizeof(memory) - 1));
	CHECK(!uevent_is_of_memory(node, 0));
}

/* The tests below use this machine; they need no device node. */

TEST(allocated_memory_is_zeroed_aligned_and_unmapped_when_freed)
{
	for (size_t align = 1; align <= 1 << 24; align <<= 3) {
		size_t size = 3 * page_size() + 5;
		unsigned char *p = cdm_aligned_alloc(align, size, NULL, 0);

		CHECK(p && (uintptr_t)p % align == 0 && (uintptr_t)p % page_size() == 0);
		for (size_t i = 0; i < size; i++)
			CHECK_INT(p[i], ==, 0);
		memset(p, 1, size);
		CHECK_INT(cdm_where(p, size, NULL), ==, 4);
		CHECK_INT(cdm_free(p, size), ==, 0);
		CHECK(msync((void *)p, page_size(), MS_ASYNC) < 0 && errno == ENOMEM);
	}
	CHECK_INT(cdm_free(NULL, 0), ==, 0);
}

TEST(invalid_requests_are_refused_with_their_errno)
{
	errno = 0;
	CHECK(!cdm_alloc(0, NULL, 0) && errno == EINVAL);
	CHECK(!cdm_alloc(SIZE_MAX, NULL, 0) && errno == ENOMEM);
	CHECK(!cdm_alloc(SIZE_MAX / 2, NULL, 0) && errno == ENOMEM);
	CHECK(!cdm_aligned_alloc(24, 100, NULL, 0) && errno == EINVAL);
	CHECK(!cdm_aligned_alloc(SIZE_MAX / 2 + 1, 100, NULL, 0) && errno == ENOMEM);
	CHECK(!cdm_alloc(100, "/dev/null", 0) && errno == ENODEV);
	CHECK(strncmp(cdm_error(), "/dev/null is not a devdax device", 32) == 0);
	CHECK(!cdm_alloc(100, "/dev/null", CDM_INTERLEAVE) && errno == EINVAL);
	CHECK(!cdm_alloc(100, "/etc/passwd", 0) && errno == ENODEV);
	CHECK(!cdm_alloc(100, "/dev/dax9.9", 0) && errno == ENOENT);
	CHECK(!cdm_alloc(100, "no class", 0) && errno == ENOENT);
	CHECK(strncmp(cdm_error(), "\"no class\" is neither a class", 29) == 0);
	CHECK_INT(cdm_config("/nonexistent/cdm.json"), ==, -ENOENT);
	CHECK_STR(cdm_error(), "/nonexistent/cdm.json: No such file or directory");
	/* The earlier configuration stays in force. */
	CHECK_INT(cdm_count(NULL, page_size(), "system"), ==, 0);
}

TEST(class_names_come_from_the_loaded_configuration)
{
	_cleanup_tree_ struct tree tree = tree_new();
	_cleanup_free_ char *file = tree_path(&tree, "/lab.json");
	void *p;

	tree_put(&tree, "/lab.json", "{\"version\":1,\"classes\":{\"lab\":{\"match\":{\"origin\":\"nvidia\"}}}}");
	CHECK_INT(cdm_config(file), ==, 0);
	p = cdm_alloc(1, "lab", 0);
	CHECK(p && cdm_free(p, 1) == 0);
	CHECK(!cdm_alloc(1, "lab", CDM_STRICT) && errno == ENODEV);
	/* A faulty configuration changes nothing: the last good one stays in force. */
	tree_put(&tree, "/lab.json", "{\"version\":1,\"clases\":{}}");
	CHECK_INT(cdm_config(file), ==, -EINVAL);
	CHECK_STR(strrchr(cdm_error(), '/'), "/lab.json:1:14: unknown key \"clases\", did you mean \"classes\"?");
	CHECK_INT(cdm_count((void *)page_size(), 1, "lab"), ==, 0);
	CHECK_INT(cdm_config(NULL), ==, 0);
	CHECK_INT(cdm_count((void *)page_size(), 1, "lab"), ==, -ENOENT);
}

TEST(a_successful_call_keeps_errno)
{
	void *p;

	errno = ERANGE;
	p = cdm_alloc(1, NULL, 0);
	CHECK(p && errno == ERANGE);
	cdm_free(p, 1);
}

static void *another_thread(void *arg _unused_)
{
	return (void *)(uintptr_t)(strcmp(cdm_error(), "") == 0);
}

TEST(cdm_error_is_per_thread)
{
	pthread_t thread;
	void *nothing_failed = NULL;

	CHECK(!cdm_alloc(100, "here", 0));
	CHECK(strstr(cdm_error(), "\"here\""));
	CHECK(pthread_create(&thread, NULL, another_thread, NULL) == 0 && pthread_join(thread, &nothing_failed) == 0);
	CHECK(nothing_failed);
}

static bool stop;
static unsigned long looks, looks_before, looks_waited_for;

static void *looks_again(void *arg _unused_)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct cdm_node *list = NULL;

		if (cdm_nodes(&list) < 0)
			return &stop;
		cdm_nodes_free(list);
		__atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Prepare handlers run in reverse order of registration: these two enclose the library's, which waits. */
static void fork_begins(void)
{
	looks_before = __atomic_load_n(&looks, __ATOMIC_RELAXED);
}

static void fork_goes_on(void)
{
	looks_waited_for += __atomic_load_n(&looks, __ATOMIC_RELAXED) - looks_before;
}

__attribute__((constructor)) static void before_the_library(void)
{
	if (pthread_atfork(fork_goes_on, NULL, NULL) != 0)
		abort();
}

/*
 * While another thread calls cdm_nodes() all the time, a child can allocate, and fork() waits only for the running
 * call.
 */
TEST(fork_waits_for_one_running_call_and_its_child_can_allocate)
{
	pthread_t thread;
	void *said = NULL;

	CHECK(pthread_create(&thread, NULL, looks_again, NULL) == 0);
	while (__atomic_load_n(&looks, __ATOMIC_RELAXED) == 0)
		;
	CHECK_INT(pthread_atfork(fork_begins, NULL, NULL), ==, 0);
	for (int i = 0; i < 50; i++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0) {
			void *p;

			alarm(20);
			p = cdm_alloc(1, "system", 0);
			_exit(p ? 0 : 1);
		}
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	CHECK(pthread_join(thread, &said) == 0 && !said);
	/* One call per fork, and a few more if the scheduler intervenes. */
	CHECK_INT(looks_waited_for, <, 200);
}

CHECK_MAIN()
