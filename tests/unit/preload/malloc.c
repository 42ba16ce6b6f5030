/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every allocating call with every size and every call that releases or resizes, under several plans. */

#include <linux/capability.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "basic/cleanup.h"
#include "placement/placement-match.h"
#include "scenario.h"

static const size_t sizes[] = { 0, 1, 64, 576, 4 * KiB, 64 * KiB, MiB - 1, MiB, MiB + 1, 8 * MiB, 64 * MiB };

static struct placement plan;

static bool is_allowed(size_t size)
{
	return rules_find(&plan, &(struct subject){ .kinds = PLACEMENT_KIND(PLACEMENT_MALLOC), .size = size }) != NULL;
}

static void *by_malloc(size_t size, size_t *align)
{
	(void)align;
	return malloc(size);
}

static void *by_calloc(size_t size, size_t *align)
{
	void *p = size % 4 ? calloc(1, size) : calloc(4, size / 4);

	(void)align;
	if (p && !is_zero(p, size)) {
		free(p);
		return NULL;
	}
	return p;
}

static void *by_realloc(size_t size, size_t *align)
{
	(void)align;
	return realloc(NULL, size);
}

static void *by_reallocarray(size_t size, size_t *align)
{
	(void)align;
	return reallocarray(NULL, 1, size);
}

static void *by_posix_memalign(size_t size, size_t *align)
{
	void *p;

	*align = 256 * KiB;
	return posix_memalign(&p, *align, size) == 0 ? p : NULL;
}

static void *by_aligned_alloc(size_t size, size_t *align)
{
	*align = 64;
	return aligned_alloc(64, size);
}

static void *by_memalign(size_t size, size_t *align)
{
	*align = 4 * MiB;
	return memalign(4 * MiB, size);
}

static void *by_valloc(size_t size, size_t *align)
{
	*align = 4 * KiB;
	return valloc(size);
}

static void *by_pvalloc(size_t size, size_t *align)
{
	*align = 4 * KiB;
	return pvalloc(size);
}

static const struct {
	const char *name;
	void *(*allocate)(size_t size, size_t *align);
} calls[] = {
	{ "malloc", by_malloc },
	{ "calloc", by_calloc },
	{ "realloc", by_realloc },
	{ "reallocarray", by_reallocarray },
	{ "posix_memalign", by_posix_memalign },
	{ "aligned_alloc", by_aligned_alloc },
	{ "memalign", by_memalign },
	{ "valloc", by_valloc },
	{ "pvalloc", by_pvalloc },
};

static int check_block(const void *p, size_t size, size_t asked_size, size_t align)
{
	EXPECT(p);
	EXPECT((uintptr_t)p % align == 0);
	EXPECT(malloc_usable_size((void *)(uintptr_t)p) >= size);
	EXPECT(on_device(p) == is_allowed(asked_size));
	return 0;
}

static int make(unsigned call, size_t size, void **ret)
{
	size_t align = 16, asked = size;

	errno = 4711;
	*ret = calls[call].allocate(size, &align);
	if (calls[call].allocate == by_pvalloc)
		asked = (size + 4 * KiB - 1) / (4 * KiB) * (4 * KiB);
	PASS(check_block(*ret, size, asked, align));
	EXPECT(!on_device(*ret) || errno == 4711);
	return 0;
}

static int resize(void *p, size_t old_size, size_t size, bool by_array)
{
	void *new;

	mark(p, old_size, 0xa5);
	errno = 4711;
	new = by_array ? reallocarray(p, size / (size % 2 ? 1 : 2), size % 2 ? 1 : 2) : realloc(p, size);
	if (size == 0) {
		EXPECT(new == NULL &&errno == 4711);
		return 0;
	}
	PASS(check_block(new, size, size, 16));
	EXPECT(is_marked(new, old_size, size, 0xa5));
	mark(new, malloc_usable_size(new), 0x5a);
	errno = 4711;
	free(new);
	EXPECT(errno == 4711);
	return 0;
}

static int one(unsigned call, size_t size)
{
	void *p;

	PASS(make(call, size, &p));
	mark(p, malloc_usable_size(p), 0x11);
	free(p);
	for (unsigned s = 0; s < ELEMENTSOF(sizes); s++)
		for (int by_array = 0; by_array < 2; by_array++) {
			PASS(make(call, size, &p));
			PASS(resize(p, size, sizes[s], by_array));
		}
	return 0;
}

SCENARIO(matrix)
{
	EXPECT(placement_parse(strdup(getenv(PLACEMENT_ENV)), &plan) == 0);
	for (unsigned call = 0; call < ELEMENTSOF(calls); call++)
		for (unsigned s = 0; s < ELEMENTSOF(sizes); s++)
			if (one(call, sizes[s]) != 0) {
				EXPECT_SAY("%s(%zu)", calls[call].name, sizes[s]);
				return 1;
			}
	return 0;
}

TEST(every_call_and_size_works_with_blocks_from_1M)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "matrix"), ==, 0);
}

TEST(every_call_and_size_works_with_all_blocks)
{
	CHECK_INT(under(PREFER "+malloc,0," ANY ",0", "matrix"), ==, 0);
}

TEST(every_call_and_size_works_with_a_window_of_sizes)
{
	CHECK_INT(under(PREFER "-malloc,500,600;+malloc,64,65536,0;+malloc,1048577," ANY ",0", "matrix"), ==, 0);
}

TEST(every_call_and_size_works_with_policy_bind)
{
	CHECK_INT(under("3;bind:0;+malloc,1048576,8388608,0", "matrix"), ==, 0);
}

TEST(every_call_and_size_works_without_malloc_rules)
{
	CHECK_INT(under(PREFER "+anon,1," ANY ",0", "matrix"), ==, 0);
}

/*
 * A strict block is fully populated when the call returns, even if it is reused; its memory is released when it is
 * freed.
 */
SCENARIO(filled)
{
	const size_t sizes_filled[] = { MiB, 4 * MiB + 4096, 40 * MiB };

	free(malloc(MiB)); /* jemalloc's own metadata */
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < ELEMENTSOF(sizes_filled); i++) {
			const size_t size = sizes_filled[i], before = statm(1);
			char *p = round == 1 ? calloc(1, size) : malloc(size);

			EXPECT(p && on_device(p) && missing(p, size) == 0);
			EXPECT(round != 1 || is_zero(p, size));
			memset(p, 1, size);
			p = realloc(p, size + 2 * MiB);
			EXPECT(p && missing(p, size + 2 * MiB) == 0 && p[size - 1] == 1);
			free(p);
			EXPECT(size < 40 * MiB || statm(1) < before + 8 * MiB);
		}
	return 0;
}

TEST(strict_blocks_are_populated_on_return)
{
	CHECK_INT(under("3;bind:0;+malloc,1048576," ANY ",0", "filled"), ==, 0);
}

/* Bad requests get glibc's answers, whatever the rules. */
SCENARIO(refusals)
{
	volatile size_t huge = SIZE_MAX - 100, half = SIZE_MAX / 2 + 2;
	void *p = malloc(2 * MiB), *q = (void *)0x8;

	mark(p, 2 * MiB, 1);
	errno = 0;
	EXPECT(!malloc(huge) && errno == ENOMEM);
	errno = 0;
	EXPECT(!malloc(half) && errno == ENOMEM);
	errno = 0;
	EXPECT(!calloc(half, 2) && errno == ENOMEM);
	errno = 0;
	EXPECT(!calloc(huge, huge) && errno == ENOMEM);
	errno = 0;
	EXPECT(!reallocarray(p, half, 2) && errno == ENOMEM);
	errno = 0;
	EXPECT(!realloc(p, half) && errno == ENOMEM);
	errno = 0;
	EXPECT(!memalign(64, huge) && errno == ENOMEM);
	errno = 0;
	EXPECT(!valloc(huge) && errno == ENOMEM);
	errno = 0;
	EXPECT(!pvalloc(huge) && errno == ENOMEM);
	EXPECT(is_marked(p, 2 * MiB, 2 * MiB, 1));

	errno = 4711;
	EXPECT(posix_memalign(&q, 0, 2 * MiB) == EINVAL && q == (void *)0x8);
	EXPECT(posix_memalign(&q, 4, 2 * MiB) == EINVAL && q == (void *)0x8);
	EXPECT(posix_memalign(&q, 24, 2 * MiB) == EINVAL && q == (void *)0x8);
	EXPECT(errno == 4711);
	EXPECT(posix_memalign(&q, 64, huge) == ENOMEM && q == (void *)0x8);
	q = memalign(48, 2 * MiB); /* glibc uses the next power of two */
	EXPECT(q && (uintptr_t)q % 64 == 0);
	free(q);
	errno = 0;
	EXPECT(!memalign(half, 2 * MiB) && errno == EINVAL);

	EXPECT(malloc_usable_size(NULL) == 0);
	free(NULL);
	free(p);
	return 0;
}

TEST(impossible_requests_get_glibcs_answers)
{
	static char *const plain[] = { (char *)"/proc/self/exe", NULL };

	setenv(ENV_SCENARIO, "refusals", 1);
	CHECK_INT(run_command(plain), ==, 0);
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "refusals"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,0," ANY ",0", "refusals"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,0," ANY ",0", "refusals"), ==, 0);
}

/* jemalloc alone would pack these at 8 bytes; programs rely on glibc's 16. */
SCENARIO(tiny)
{
	for (int i = 0; i < 100; i++) {
		void *p = malloc(1 + (size_t)i % 8), *q = calloc(1, 1);

		EXPECT(on_device(p) && (uintptr_t)p % 16 == 0);
		EXPECT(on_device(q) && (uintptr_t)q % 16 == 0);
	}
	return 0;
}

TEST(tiny_blocks_are_aligned_to_16_bytes)
{
	CHECK_INT(under(PREFER "+malloc,1," ANY ",0", "tiny"), ==, 0);
}

#define BLOCKS 10000

SCENARIO(one_vma)
{
	static void *blocks[BLOCKS];

	for (int i = 0; i < BLOCKS; i++) {
		size_t size = MiB + (size_t)(i * 7 % 31) * 100 * KiB;

		blocks[i] = malloc(size);
		EXPECT(blocks[i]);
		mark(blocks[i], 64, (unsigned char)i);
		if (i % 3 == 0) {
			free(blocks[i / 2]);
			blocks[i / 2] = NULL;
		}
	}
	EXPECT(count_policy("prefer (many)=static:0 ") == 1);
	for (int i = 0; i < BLOCKS; i++)
		EXPECT(!blocks[i] || is_marked(blocks[i], 64, 64, (unsigned char)i));
	return 0;
}

TEST(ten_thousand_blocks_share_one_vma)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "one_vma"), ==, 0);
}

SCENARIO(policies)
{
	const char *mode = getenv(PLACEMENT_ENV);
	void *p = malloc(2 * MiB);

	EXPECT(p);
	mark(p, 2 * MiB, 3);
	if (strstr(mode, ";bind"))
		EXPECT(count_policy("prefer (many)=static:0 ") == 1);
	else if (strstr(mode, ";interleave"))
		EXPECT(count_policy("interleave=static:0 ") == 1);
	else if (strstr(mode, ";weighted"))
		EXPECT(count_policy("weighted interleave=static:0 ") == 1);
	else
		EXPECT(count_policy("prefer (many)=static:0 ") == 1);
	return 0;
}

TEST(blocks_have_the_kernel_policy_of_their_plan)
{
	CHECK_INT(under(PREFER "+malloc,1," ANY ",0", "policies"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1," ANY ",0", "policies"), ==, 0);
	CHECK_INT(under("3;interleave:0;+malloc,1," ANY ",0", "policies"), ==, 0);
	CHECK_INT(under("3;weighted:0;+malloc,1," ANY ",0", "policies"), ==, 0);
}

/* The memory of a big block is released at once, that of smaller ones after a second, while the program runs. */
SCENARIO(given_back)
{
	static char *blocks[200];
	size_t before = statm(1);
	char *big = malloc(256 * MiB);

	memset(big, 1, 256 * MiB);
	EXPECT(statm(1) > before + 200 * MiB);
	free(big);
	EXPECT(statm(1) < before + 50 * MiB);
	for (int i = 0; i < 200; i++) {
		blocks[i] = malloc(MiB);
		memset(blocks[i], 1, MiB);
	}
	for (int i = 0; i < 200; i++)
		free(blocks[i]);
	while (statm(1) > before + 50 * MiB) /* alarm() ends this if it never comes true */
		free(malloc(MiB));
	return 0;
}

TEST(memory_of_freed_blocks_is_released)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "given_back"), ==, 0);
}

/* With a low RLIMIT_AS the library reserves little, and the program keeps most of the address space. */
SCENARIO(little_space)
{
	struct rlimit limit = { 2048 * MiB, 2048 * MiB };
	void *blocks[6], *p;

	EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
	for (int i = 0; i < 6; i++) {
		blocks[i] = malloc(100 * MiB);
		EXPECT(blocks[i] && on_device(blocks[i]));
		mark(blocks[i], 100 * MiB, (unsigned char)i);
	}
	p = mmap(NULL, 1024 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(p != MAP_FAILED);
	errno = 0;
	EXPECT(!malloc(1024 * MiB) && errno == ENOMEM);
	for (int i = 0; i < 6; i++) {
		EXPECT(is_marked(blocks[i], 100 * MiB, 100 * MiB, (unsigned char)i));
		free(blocks[i]);
	}
	return 0;
}

TEST(blocks_are_placed_under_a_low_rlimit_as)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "little_space"), ==, 0);
}

static int limit(int resource, size_t size)
{
	struct rlimit r = { size, size };

	return setrlimit((unsigned)resource, &r);
}

/*
 * mlockall(2) locks no more than the chunk that a block needs. An unprivileged process is refused, since mlockall(2)
 * counts all address space; its blocks are still placed.
 */
SCENARIO(locked)
{
	bool may = may_lock_all();
	void *p = malloc(2 * MiB), *q;

	EXPECT(may || limit(RLIMIT_MEMLOCK, 64 * KiB) == 0);
	EXPECT(mlockall(MCL_CURRENT | MCL_FUTURE) == (may ? 0 : -1));
	EXPECT(statm(1) < 512 * MiB);
	q = malloc(100 * MiB);
	EXPECT(q && on_device(q) && statm(1) < 768 * MiB);
	mark(q, 100 * MiB, 9);
	free(p);
	free(q);
	p = calloc(1, 100 * MiB);
	EXPECT(p && is_zero(p, 100 * MiB));
	return 0;
}

TEST(mlockall_locks_little_memory)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "locked"), ==, 0);
}

/* As without the library, the kernel refuses more than the machine has (vm.overcommit_memory is 0). */
SCENARIO(too_much)
{
	size_t before;

	EXPECT(on_device(malloc(2 * MiB)));
	before = statm(0);
	for (unsigned order = 36; order < 47; order++) {
		volatile size_t size = 1UL << order;
		bool is_there = (size_t)sysconf(_SC_PHYS_PAGES) * 4096 > size;

		errno = 0;
		EXPECT(is_there || (!malloc(size) && errno == ENOMEM));
		errno = 0;
		EXPECT(is_there || (!calloc(1, size) && errno == ENOMEM));
	}
	EXPECT(statm(0) < before + 1024 * MiB);
	EXPECT(on_device(malloc(2 * MiB)));
	return 0;
}

TEST(more_memory_than_the_machine_has_is_refused)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "too_much"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1048576," ANY ",0", "too_much"), ==, 0);
}

/* A program may lower its limits after its first device block, as no address space is reserved in advance. */
SCENARIO(limited_later)
{
	void *p = malloc(2 * MiB), *q, *r;

	EXPECT(on_device(p) && statm(0) < 256 * MiB);
	EXPECT(limit(RLIMIT_AS, 1024 * MiB) == 0);
	q = malloc(300 * KiB);
	r = malloc(100 * MiB);
	EXPECT(q && on_device(r));
	mark(r, 100 * MiB, 1);
	return 0;
}

/* A privileged process may lock any amount: the test drops its capabilities. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	return (int)syscall(SYS_capset, &header, data);
}

SCENARIO(locked_before)
{
	void *p, *q, *r;

	/* so little that the program itself needs all of it */
	EXPECT(limit(RLIMIT_MEMLOCK, 8 * MiB) == 0 && drop_capabilities() == 0);
	EXPECT(mlockall(MCL_FUTURE) == 0);
	p = malloc(2 * MiB);
	q = malloc(MiB);
	r = malloc(300 * KiB);
	EXPECT(p && q && r);
	return 0;
}

/* The library's address space counts, as cdm-launch(1) says: mlockall(2) fails, and nothing else changes. */
SCENARIO(locked_after)
{
	void *p = malloc(2 * MiB), *q;

	EXPECT(on_device(p) && statm(0) < 96 * MiB);
	EXPECT(limit(RLIMIT_MEMLOCK, 8 * MiB) == 0 && drop_capabilities() == 0);
	errno = 0;
	EXPECT(mlockall(MCL_CURRENT | MCL_FUTURE) == -1 && errno == ENOMEM);
	q = malloc(10 * MiB);
	EXPECT(on_device(q));
	mark(q, 10 * MiB, 5);
	free(q);
	return 0;
}

TEST(a_program_may_limit_its_own_memory)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "locked_after"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1048576," ANY ",0", "locked_after"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "limited_later"), ==, 0);
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "locked_before"), ==, 0);
}

/* While no chunk fits, libc's malloc serves the program; when one fits again, blocks are placed, without a restart. */
SCENARIO(room_comes_later)
{
	struct rlimit limit, old;
	void *p;

	EXPECT(getrlimit(RLIMIT_AS, &old) == 0);
	limit = (struct rlimit){ statm(0) + 3 * MiB, old.rlim_max };
	EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
	p = malloc(MiB);
	EXPECT(p && !on_device(p));
	EXPECT(setrlimit(RLIMIT_AS, &old) == 0);
	do {
		free(p);
		p = malloc(MiB);
		EXPECT(p);
	} while (!on_device(p)); /* alarm() ends this if it never comes true */
	return 0;
}

TEST(placement_resumes_when_there_is_room_again)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "room_comes_later"), ==, 0);
}

/* The device goes away under a running program: from now on mbind(2) fails. */
SCENARIO(device_goes_away)
{
	bool strict = strstr(getenv(PLACEMENT_ENV), ";bind");
	char *p = malloc(2 * MiB), *q;

	EXPECT(p && on_device(p));
	mark(p, 2 * MiB, 1);
	EXPECT(on_mbind(SECCOMP_RET_ERRNO | EINVAL) == 0);
	errno = 0;
	q = malloc(64 * MiB);
	EXPECT(strict ? !q && errno == ENOMEM : q && !on_device(q) && errno == 0);
	free(q);
	errno = 0;
	q = realloc(p, 64 * MiB);
	EXPECT(strict ? !q && errno == ENOMEM : q && !on_device(q) && errno == 0);
	EXPECT(is_marked(q ? q : p, 2 * MiB, 2 * MiB - 1, 1));
	return 0;
}

TEST(without_the_device_calls_fall_back_or_fail_with_enomem)
{
	CHECK_INT(under(PREFER "+malloc,1048576," ANY ",0", "device_goes_away"), ==, 0);
	CHECK_INT(under("3;bind:0;+malloc,1048576," ANY ",0", "device_goes_away"), ==, 0);
}

CHECK_MAIN()
