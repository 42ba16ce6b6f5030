/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rules with conditions other than a size, and rules with their own nodes and policy. */

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define TWO "3;prefer:0;interleave:0;"
#define SIZE (2 * MiB)

static bool is_interleaved(const void *p)
{
	return (policy_of(p) & ~MPOL_F_STATIC_NODES) == MPOL_INTERLEAVE && on_device(p);
}

static bool is_preferred(const void *p)
{
	return (policy_of(p) & ~MPOL_F_STATIC_NODES) == MPOL_PREFERRED_MANY && on_device(p);
}

static void *(*library(const char *name))(size_t)
{
	void *handle = dlopen(getenv("CDM_TEST_ASKS"), RTLD_NOW);
	void *(*f)(size_t) = NULL;
	void *found = handle ? dlsym(handle, name) : NULL;

	memcpy(&f, &found, sizeof(f));
	return f;
}

/* Sets CDM_TEST_ASKS to the path of the library, which is in lib/ beside this program. */
__attribute__((constructor(400))) static void find_library(void)
{
	char path[4096] = "";
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		memcpy(slash, "/lib/asks.so", sizeof("/lib/asks.so"));
	setenv("CDM_TEST_ASKS", path, 1);
}

SCENARIO(caller)
{
	void *(*asks_malloc)(size_t) = library("asks_malloc"), *(*asks_mmap)(size_t) = library("asks_mmap");
	void *p;

	EXPECT(asks_malloc && asks_mmap);
	for (int i = 0; i < 3; i++) {
		EXPECT((p = asks_malloc(SIZE)) && is_preferred(p));
		p = realloc(p, 2 * SIZE); /* called by the program, which the rule does not allow */
		EXPECT(p && !on_device(p));
		free(p);
		EXPECT((p = malloc(SIZE)) && !on_device(p));
		free(p);
		EXPECT((p = asks_mmap(SIZE)) != MAP_FAILED && is_interleaved(p));
		munmap(p, SIZE);
	}
	return 0;
}

SCENARIO(caller_program)
{
	void *(*asks_malloc)(size_t) = library("asks_malloc");
	void *p;

	EXPECT((p = asks_malloc(SIZE)) && !on_device(p));
	free(p);
	EXPECT((p = malloc(SIZE)) && on_device(p));
	free(p);
	return 0;
}

TEST(caller_matches_the_object_that_called)
{
	CHECK_INT(under(TWO "+malloc,1," ANY ",0,caller=asks.s?;+anon,1," ANY ",1,caller=*/lib/asks.so", "caller"), ==, 1);
	CHECK_INT(under(TWO "+malloc,1," ANY ",0,caller=asks.s?;+anon,1," ANY ",1,caller=**/lib/asks.so", "caller"), ==, 0);
	CHECK_INT(under(TWO "+malloc,1," ANY ",0,caller=places", "caller_program"), ==, 0);
	CHECK_INT(under(TWO "-malloc,1," ANY ",caller=asks.so;+malloc,1," ANY ",0", "caller_program"), ==, 0);
}

/* Small blocks too, which the first target keeps in a thread's cache. */
SCENARIO(two_targets)
{
	void *small[64], *large[64];

	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < 64; i++) {
			small[i] = malloc(100 + i);
			large[i] = malloc(3000 + i);
			EXPECT(small[i] && large[i]);
			mark(small[i], 100 + i, (unsigned char)i);
			mark(large[i], 3000 + i, (unsigned char)(i + 64));
			EXPECT(is_preferred(small[i]) && is_interleaved(large[i]));
		}
		for (size_t i = 0; i < 64; i++) {
			EXPECT(is_marked(small[i], 100 + i, 100 + i, (unsigned char)i));
			EXPECT(is_marked(large[i], 3000 + i, 3000 + i, (unsigned char)(i + 64)));
			/* from one target to the other, and off the device */
			small[i] = realloc(small[i], i % 2 ? 4000 : 50);
			EXPECT(small[i] && (i % 2 ? is_interleaved(small[i]) : !on_device(small[i])));
			EXPECT(is_marked(small[i], 100 + i, 50, (unsigned char)i));
			free(small[i]);
			free(large[i]);
		}
	}
	EXPECT(count_policy("interleave=static:0 ") == 1);
	return 0;
}

TEST(each_rule_binds_to_its_own_target)
{
	CHECK_INT(under(TWO "+malloc,100,200,0;+malloc,2000,5000,1", "two_targets"), ==, 0);
}

static int scratch_file(void)
{
	char name[] = "/tmp/cdm-places-XXXXXX";
	int fd = mkstemp(name);

	if (fd >= 0) {
		unlink(name);
		if (ftruncate(fd, SIZE) < 0)
			return -1;
	}
	return fd;
}

SCENARIO(files)
{
	int fd = scratch_file(), memfd = memfd_create("cdm-test", MFD_CLOEXEC);
	int small = scratch_file(); /* another file: on tmpfs the file has the policy, even if mapped privately */
	void *p;

	EXPECT(fd >= 0 && small >= 0 && memfd >= 0 && ftruncate(memfd, SIZE) == 0);
	EXPECT((p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)) != MAP_FAILED && is_interleaved(p));
	EXPECT((p = mmap(NULL, MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE, small, 0)) != MAP_FAILED && !on_device(p));
	EXPECT((p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0)) != MAP_FAILED && is_preferred(p));
	/* the policy belongs to the memory, not to one mapping */
	EXPECT((p = mmap(NULL, MiB, PROT_READ, MAP_SHARED, memfd, 0)) != MAP_FAILED && is_preferred(p));
	EXPECT((p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
	EXPECT(!on_device(p));
	EXPECT((p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
	EXPECT(!on_device(p));
	return 0;
}

SCENARIO(shm)
{
	int fd = shm_open("/cdm-test-places", O_RDWR | O_CREAT | O_EXCL, 0600), id = shmget(IPC_PRIVATE, SIZE, 0600);
	void *p;

	shm_unlink("/cdm-test-places");
	EXPECT(fd >= 0 && ftruncate(fd, SIZE) == 0 && id >= 0);
	EXPECT((p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) != MAP_FAILED && is_preferred(p));
	p = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	EXPECT(p != (void *)-1 && is_interleaved(p));
	errno = 0;
	EXPECT(shmat(-1, NULL, 0) == (void *)-1 && errno == EINVAL);
	return 0;
}

SCENARIO(any_shm)
{
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	EXPECT(p != MAP_FAILED && on_device(p));
	return 0;
}

TEST(files_and_shared_memory_match_by_path_and_name)
{
	CHECK_INT(under(TWO "+file,2097152," ANY ",1,path=/tmp/cdm-places-*;+shm,2097152," ANY ",0,name=cdm-*", "files"),
		  ==, 0);
	CHECK_INT(under(TWO "+shm,1," ANY ",1,name=SYSV0*;+shm,1," ANY ",0,name=/cdm-test-*", "shm"), ==, 0);
	CHECK_INT(under(TWO "+shm,1," ANY ",0", "any_shm"), ==, 0);
}

SCENARIO(named)
{
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT(p != MAP_FAILED && !on_device(p));
	p[0] = 1;
	(void)prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, SIZE, "other");
	EXPECT(!on_device(p));
	(void)prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, MiB, "cache one");
	EXPECT(on_device(p) && on_device(p + MiB - 1) && !on_device(p + MiB));
	EXPECT(prctl(PR_SET_NAME, "renamed", 0, 0, 0) == 0);
	return 0;
}

static int name_it(void *p, const char *name)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, SIZE, name);
}

/*
 * Only private anonymous memory has a name. If the kernel refuses the name, nothing changes; a bad pointer gets the
 * kernel's error.
 */
SCENARIO(named_badly)
{
	int fd = memfd_create("cache", 0);
	char *file, *shared, *p, *tail, *whole;

	EXPECT(fd >= 0 && ftruncate(fd, SIZE) == 0);
	file = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	whole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(munmap(whole + 4096, 4096) == 0);
	(void)name_it(file, "cache");
	EXPECT(!on_device(file));
	(void)name_it(shared, "cache");
	EXPECT(!on_device(shared));
	EXPECT(name_it(p, "cache[1]") == -1 && errno == EINVAL && !on_device(p));
	EXPECT(name_it(p + 1, "cache") == -1 && errno == EINVAL && !on_device(p));
	EXPECT(name_it(p, (const char *)0x8) == -1 && (errno == EFAULT || errno == EINVAL) && !on_device(p));
	memset(whole, 'c', 4096);
	EXPECT(name_it(p, whole + 4000) == -1 && !on_device(p));
	tail = memcpy(whole + 4096 - 6, "cache", 6);
	(void)name_it(p, tail);
	EXPECT(on_device(p));
	return 0;
}

TEST(memory_that_gets_a_matching_name_is_bound)
{
	CHECK_INT(under(TWO "+anon,1," ANY ",0,name=cache*", "named_badly"), ==, 0);
	CHECK_INT(under(TWO "+anon,1," ANY ",0,name=cache*", "named"), ==, 0);
}

static char own_table[64 * 4096] __attribute__((aligned(4096))) = { 2 };

/* Returns whether a variable lies on the device, at its first and last byte. */
static bool all_on_device(const char *p, size_t size)
{
	return on_device(p) && on_device(p + size - 1);
}

SCENARIO(data)
{
	char *table = dlsym(RTLD_DEFAULT, "asks_table"), *zeroes = dlsym(RTLD_DEFAULT, "asks_zeroes");

	EXPECT(table && zeroes && table[0] == 1 && zeroes[0] == 0 && own_table[0] == 2);
	EXPECT(all_on_device(table, 64 * 4096) && all_on_device(zeroes, 64 * 4096));
	EXPECT(!on_device(own_table) && !on_device(&errno) && !on_device((void *)(uintptr_t)&scenario_main));
	return 0;
}

SCENARIO(symbol)
{
	char *table = dlsym(RTLD_DEFAULT, "asks_table"), *zeroes = dlsym(RTLD_DEFAULT, "asks_zeroes");

	EXPECT(table[0] == 1 && is_interleaved(table) && is_interleaved(table + 64 * 4096 - 1) && is_preferred(zeroes));
	EXPECT(own_table[0] == 2 && is_interleaved(own_table) && !on_device(&scenarios));
	return 0;
}

SCENARIO(but_the_symbol)
{
	char *table = dlsym(RTLD_DEFAULT, "asks_table"), *zeroes = dlsym(RTLD_DEFAULT, "asks_zeroes");

	EXPECT(table[0] == 1 && !on_device(table) && !on_device(table + 64 * 4096 - 1) && on_device(zeroes));
	return 0;
}

TEST(data_rules_match_by_object_and_symbol)
{
#define WITH_LIBRARY PRELOAD_SO ":" LIB("asks")
	CHECK_INT(under_preload(WITH_LIBRARY, TWO "+data,1," ANY ",0,object=asks.so", "data"), ==, 0);
	CHECK_INT(under_preload(WITH_LIBRARY,
				TWO "+data,1," ANY ",1,object=asks.so,symbol=asks_table;+data,1," ANY
				    ",0,object=asks.*;+data,1," ANY ",1,object=places,symbol=own_table",
				"symbol"),
		  ==, 0);
	CHECK_INT(under_preload(WITH_LIBRARY,
				TWO "-data,1," ANY ",object=asks.so,symbol=asks_table;+data,1," ANY ",0,object=asks.so",
				"but_the_symbol"),
		  ==, 0);
	/* the first matching rule decides */
	CHECK_INT(under_preload(WITH_LIBRARY,
				TWO "+data,1," ANY ",0,object=asks.so;-data,1," ANY ",object=asks.so,symbol=asks_table",
				"data"),
		  ==, 0);
}

/* Objects that come later ------------------------------------------------------------------------------------------ */

static bool is_loaded_on_device(void *handle)
{
	char *table = handle ? dlsym(handle, "asks_table") : NULL, *zeroes = handle ? dlsym(handle, "asks_zeroes") : NULL;

	return table && zeroes && table[0] == 1 && zeroes[0] == 0 && all_on_device(table, 64 * 4096) &&
	       all_on_device(zeroes, 64 * 4096);
}

SCENARIO(opened)
{
	for (int i = 0; i < 2; i++) {
		void *handle = dlopen(getenv("CDM_TEST_ASKS"), RTLD_NOW);

		EXPECT(is_loaded_on_device(handle));
		dlclose(handle);
	}
	EXPECT(!on_device(own_table) && !on_device(&errno));
	return 0;
}

/* Only the RUNPATH of the caller leads to this name: the object is examined at the next dlopen(). */
SCENARIO(opened_by_its_caller)
{
	void *(*open)(const char *name);
	void *handle, *opens = dlsym(RTLD_DEFAULT, "opens_object");

	EXPECT(opens);
	memcpy(&open, &opens, sizeof(open));
	EXPECT(!dlopen("asks.so", RTLD_NOW));
	handle = open("asks.so");
	EXPECT(handle);
	EXPECT(dlopen(NULL, RTLD_NOW));
	EXPECT(is_loaded_on_device(handle));
	return 0;
}

SCENARIO(opened_as_ever)
{
	void *(*open)(const char *name), *opens = dlsym(RTLD_DEFAULT, "opens_object"), *handle;

	memcpy(&open, &opens, sizeof(open));
	EXPECT(!dlopen("asks.so", RTLD_NOW));
	handle = open("asks.so");
	EXPECT(handle && !is_loaded_on_device(handle));
	return 0;
}

TEST(variables_of_opened_objects_are_bound)
{
#define WITH_OPENER PRELOAD_SO ":" LIB("opens")
	CHECK_INT(under(TWO "+data,1," ANY ",0,object=asks.so", "opened"), ==, 0);
	CHECK_INT(under_preload(WITH_OPENER, TWO "+data,1," ANY ",0,object=asks.so", "opened_by_its_caller"), ==, 0);
	CHECK_INT(under_preload(WITH_OPENER, TWO "+data,1," ANY ",0,object=nothing", "opened_as_ever"), ==, 0);
	CHECK_INT(under_preload(WITH_OPENER, PREFER "+malloc,1048576," ANY ",0", "opened_as_ever"), ==, 0);
}

CHECK_MAIN()
