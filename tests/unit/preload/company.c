/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The preload library beside other libraries, without device nodes, and with an invalid hand-over. */

#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define FROM_1M                       \
	PREFER "+malloc,1048576," ANY \
	       ",0"                   \
	       ";+anon,1048576," ANY ",0"
#define ALL PREFER "+malloc,0," ANY ",0"

static void *symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

static int malloc_works(bool device)
{
	char *p, *q;

	p = malloc(2 * MiB);
	EXPECT(p && on_device(p) == device);
	mark(p, 2 * MiB, 1);
	p = realloc(p, 4 * MiB);
	EXPECT(p && on_device(p) == device && is_marked(p, 2 * MiB, 4 * MiB, 1));
	p = realloc(p, 100);
	EXPECT(p && is_marked(p, 2 * MiB, 100, 1));
	p = realloc(p, 2 * MiB);
	EXPECT(p && on_device(p) == device && p[0] == 1 && p[63] == 1);
	q = calloc(2, MiB);
	EXPECT(q && on_device(q) == device && is_zero(q, 2 * MiB));
	free(q);
	free(p);
	return 0;
}

SCENARIO(normal)
{
	void *p = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT(p != MAP_FAILED && on_device(p));
	return malloc_works(true);
}

/* Fresh memory is zero, unless jemalloc fills it with junk. */
SCENARIO(no_junk)
{
	void *p = malloc(2 * MiB);

	EXPECT(p && on_device(p) && is_zero(p, 2 * MiB));
	return 0;
}

SCENARIO(early)
{
	void **blocks = symbol("early_blocks");
	int status;
	pid_t pid;

	EXPECT(blocks && blocks[0] && blocks[1] && blocks[2]);
	EXPECT(on_device(blocks[0]) && on_device(blocks[2]));
	pid = fork();
	if (pid == 0)
		_exit(malloc_works(true));
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	return malloc_works(true);
}

SCENARIO(dlsym_allocates)
{
	unsigned char **blocks = symbol("dlsym_blocks"), *p;

	EXPECT(blocks && blocks[0] && blocks[1] && blocks[2]);
	EXPECT(blocks[0][99] == 1 && is_zero(blocks[1], 100) && blocks[2][199] == 2);
	EXPECT(malloc_usable_size(blocks[0]) >= 100);
	p = realloc(blocks[0], 2 * MiB);
	EXPECT(p && on_device(p) && p[0] == 1 && p[63] == 1);
	free(p);
	p = realloc(blocks[2], 10);
	EXPECT(p && p[0] == 2 && p[9] == 2);
	free(p);
	free(blocks[1]);
	return malloc_works(true);
}

/* RTLD_NEXT finds the program's own malloc. It cannot report sizes, so its blocks are never moved to the device. */
SCENARIO(own_malloc_behind)
{
	int (*has)(const void *);
	void *p = malloc(100), *q = malloc(2 * MiB), *found = symbol("own_malloc_has");

	EXPECT(found);
	memcpy(&has, &found, sizeof(has));
	EXPECT(has(p) && q && on_device(q));
	mark(p, 100, 1);
	p = realloc(p, 2 * MiB);
	EXPECT(has(p) && is_marked(p, 100, 2 * MiB, 1));
	free(p);
	mark(q, 2 * MiB, 2);
	q = realloc(q, 100);
	EXPECT(has(q) && is_marked(q, 2 * MiB, 100, 2));
	free(q);
	return 0;
}

/* The free of the library in front does not know our blocks: malloc rules are off, rules for mappings stay on. */
SCENARIO(malloc_in_front)
{
	void *p = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *q;

	EXPECT(p != MAP_FAILED && on_device(p));
	EXPECT(posix_memalign(&q, 64, 2 * MiB) == 0 && !on_device(q));
	free(q);
	return malloc_works(false);
}

SCENARIO(other_in_front)
{
	EXPECT(getppid() == 1);
	return malloc_works(true);
}

SCENARIO(no_rules)
{
	void *p = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT(p != MAP_FAILED && !on_device(p));
	EXPECT(count_policy("prefer") == 0);
	return malloc_works(false);
}

/* This takes longer than the 100 ms between two tries: everything must work throughout. */
SCENARIO(absent_falls_back)
{
	for (int i = 0; i < 400; i++)
		PASS(malloc_works(false));
	EXPECT(count_policy("prefer") == 0);
	return 0;
}

SCENARIO(absent_fails)
{
	char *small = malloc(100);
	void *p = (void *)0x8;

	EXPECT(small);
	mark(small, 100, 1);
	for (int i = 0; i < 400; i++) {
		errno = 0;
		EXPECT(!malloc(MiB) && errno == ENOMEM);
		errno = 0;
		EXPECT(!calloc(1, MiB) && errno == ENOMEM);
		errno = 0;
		EXPECT(!realloc(small, MiB) && errno == ENOMEM);
		errno = 0;
		EXPECT(!reallocarray(NULL, 2, MiB) && errno == ENOMEM);
		errno = 0;
		EXPECT(!aligned_alloc(64, MiB) && errno == ENOMEM);
		errno = 4711;
		EXPECT(posix_memalign(&p, 64, MiB) == ENOMEM && p == (void *)0x8 && errno == ENOMEM);
	}
	EXPECT(is_marked(small, 100, 100, 1));
	small = realloc(small, MiB - 1);
	EXPECT(small);
	free(small);
	return 0;
}

TEST(malloc_and_mmap_rules_work_without_other_libraries)
{
	CHECK_INT(under(FROM_1M, "normal"), ==, 0);
}

TEST(constructors_that_run_before_ours_can_allocate)
{
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("early"), FROM_1M, "early"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("early"), ALL, "early"), ==, 0);
	CHECK_INT(under_preload(LIB("early") ":" PRELOAD_SO, FROM_1M, "early"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("early"), "3;bind:0;+malloc,0," ANY ",0", "early"), ==, 0);
}

/* Its constructor runs even before libc's, when there is no environment with a plan yet. */
TEST(a_constructor_before_libcs_can_allocate)
{
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("first"), FROM_1M, "normal"), ==, 0);
	CHECK_INT(under_preload(LIB("first") ":" PRELOAD_SO, ALL, "no_junk"), ==, 0);
}

TEST(malloc_conf_does_not_affect_our_jemalloc)
{
	setenv("MALLOC_CONF", "junk:true", 1);
	CHECK_INT(under(FROM_1M, "no_junk"), ==, 0);
	unsetenv("MALLOC_CONF");
}

TEST(a_dlsym_that_allocates_works)
{
	CHECK_INT(under_preload(LIB("dlsym") ":" PRELOAD_SO, FROM_1M, "dlsym_allocates"), ==, 0);
	CHECK_INT(under_preload(LIB("dlsym") ":" PRELOAD_SO, ALL, "dlsym_allocates"), ==, 0);
}

TEST(blocks_of_the_programs_own_malloc_stay_with_it)
{
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("own-malloc"), FROM_1M, "own_malloc_behind"), ==, 0);
}

TEST(a_malloc_in_front_turns_malloc_rules_off)
{
	CHECK_INT(under_preload(LIB("front-other") ":" PRELOAD_SO, FROM_1M, "other_in_front"), ==, 0);
	CHECK_INT(under_preload(LIB("front-malloc") ":" PRELOAD_SO, FROM_1M, "malloc_in_front"), ==, 0);
	CHECK_INT(under_preload(LIB("front-malloc") ":" PRELOAD_SO,
				PREFER "+malloc,0," ANY ",0"
				       ";+anon,1," ANY ",0",
				"malloc_in_front"),
		  ==, 0);
}

TEST(an_invalid_plan_binds_nothing)
{
	CHECK_INT(under("", "no_rules"), ==, 0);
	CHECK_INT(under("1;mode=prefer;nodes=0;+malloc,0," ANY, "no_rules"), ==, 0);
	CHECK_INT(under(FROM_1M ";+files,1,2,0", "no_rules"), ==, 0);
	CHECK_INT(under(PREFER "-malloc,0," ANY ";"
			       "+malloc,0," ANY ",0",
			"no_rules"),
		  ==, 0);
}

TEST(absent_nodes_fall_back_or_fail_as_the_policy_says)
{
	CHECK_INT(under("3;prefer:1;+malloc,1048576," ANY ",0", "absent_falls_back"), ==, 0);
	CHECK_INT(under("3;interleave:1,255;+malloc,1048576," ANY ",0", "absent_falls_back"), ==, 0);
	CHECK_INT(under("3;bind:1;+malloc,1048576," ANY ",0", "absent_fails"), ==, 0);
}

/*
 * With RTLD_DEEPBIND the plug-in's free is libc's, unless our library prevents that. PHP opens its extensions this way.
 */
SCENARIO(deepbind)
{
	char path[4096] = "";
	void *handle, *found, *p;
	void *(*grow)(void *, size_t);
	void (*give)(void *);

	EXPECT(readlink("/proc/self/exe", path, sizeof(path) - 32) > 0);
	snprintf(strrchr(path, '/'), 32, "/lib/plugin.so");
	handle = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
	EXPECT(handle);
	found = dlsym(handle, "plugin_grow");
	memcpy(&grow, &found, sizeof(found));
	found = dlsym(handle, "plugin_free");
	memcpy(&give, &found, sizeof(found));
	p = malloc(2 * MiB);
	EXPECT(on_device(p) && grow && give);
	mark(p, 2 * MiB, 1);
	p = grow(p, 3 * MiB);
	EXPECT(on_device(p) && is_marked(p, 2 * MiB, 2 * MiB + 1, 1));
	give(p);
	return 0;
}

TEST(a_deepbind_plugin_can_free_and_resize_our_blocks)
{
	CHECK_INT(under(FROM_1M, "deepbind"), ==, 0);
	CHECK_INT(under(ALL, "deepbind"), ==, 0);
}

CHECK_MAIN()
