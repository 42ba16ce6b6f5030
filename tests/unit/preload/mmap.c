/* SPDX-License-Identifier: GPL-2.0-or-later */

/* mmap(2) and mremap(2) under the preload library: which mappings are bound, and to what. */

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define PLAN PREFER "-anon,3145728,3145728;+anon,1048576,8388608,0"

static void *map(size_t size, int flags)
{
	return mmap(NULL, size, RW, flags, -1, 0);
}

/* Returns whether the page at p is present, without faulting it in. */
static bool is_resident(void *p)
{
	unsigned char there = 0;

	return mincore(p, 4 * KiB, &there) == 0 && (there & 1);
}

SCENARIO(what_is_bound)
{
	static const struct {
		size_t size;
		int flags;
		bool bound;
	} cases[] = {
		{ MiB, ANON, true },
		{ 8 * MiB, ANON, true },
		{ MiB + 1, ANON | MAP_NORESERVE, true },
		{ 2 * MiB, ANON | MAP_POPULATE, true },
		{ 2 * MiB, ANON | MAP_LOCKED, true },
		{ MiB - 1, ANON, false },
		{ 8 * MiB + 1, ANON, false },
		{ 3 * MiB, ANON, false },
		{ MiB, ANON | MAP_STACK, false },
		{ MiB, ANON | MAP_GROWSDOWN, false },
		{ MiB, MAP_SHARED | MAP_ANONYMOUS, false },
		{ MiB - 1, ANON | MAP_POPULATE, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		void *p;

		errno = 4711;
		p = map(cases[i].size, cases[i].flags);
		EXPECT(p != MAP_FAILED && errno == 4711);
		if (on_device(p) != cases[i].bound) {
			EXPECT_SAY("case %zu", i);
			return 1;
		}
		EXPECT(on_device((char *)p + cases[i].size - 1) == cases[i].bound);
		EXPECT(is_resident(p) == !!(cases[i].flags & (MAP_POPULATE | MAP_LOCKED)));
		mark(p, cases[i].size, 7);
		EXPECT(is_marked(p, cases[i].size, cases[i].size, 7));
		munmap(p, cases[i].size);
	}
	return 0;
}

SCENARIO(what_is_bound_64)
{
	void *p = mmap64(NULL, 2 * MiB, RW, ANON, -1, 0);

	EXPECT(p != MAP_FAILED && on_device(p));
	return 0;
}

SCENARIO(populated)
{
	char *p = map(2 * MiB, ANON | MAP_POPULATE), *q, *none;

	EXPECT(p != MAP_FAILED && is_resident(p + 2 * MiB - 4 * KiB));
	EXPECT(is_zero(p, 2 * MiB));
	q = mmap(NULL, 2 * MiB, PROT_READ, ANON | MAP_POPULATE, -1, 0);
	EXPECT(q != MAP_FAILED && on_device(q) && is_zero(q, 2 * MiB));
	none = mmap(NULL, 2 * MiB, PROT_NONE, ANON | MAP_POPULATE, -1, 0);
	EXPECT(none != MAP_FAILED && on_device(none));
	EXPECT(mprotect(none, 2 * MiB, RW) == 0);
	mark(none, 2 * MiB, 1);
	return 0;
}

/*
 * No page may be present when the policy is set: a trap of mbind(2) checks that. sysv_signal(3) sets a handler for one
 * signal, without the library's knowledge.
 */
static volatile size_t resident_at_mbind;

static void at_mbind(int number)
{
	sysv_signal(number, at_mbind);
	resident_at_mbind = statm(1);
}

SCENARIO(bound_before_filled)
{
	static const int flags[] = { MAP_POPULATE, MAP_LOCKED, MAP_POPULATE | MAP_LOCKED };

	EXPECT(sysv_signal(SIGSYS, at_mbind) != SIG_ERR);
	EXPECT(on_mbind(SECCOMP_RET_TRAP) == 0);
	for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
		size_t before = statm(1);
		void *p;

		resident_at_mbind = 0;
		p = map(8 * MiB, ANON | flags[i]);
		EXPECT(p != MAP_FAILED);
		EXPECT(resident_at_mbind > 0 && resident_at_mbind < before + 4 * MiB);
		EXPECT(statm(1) >= before + 8 * MiB);
		munmap(p, 8 * MiB); /* an unprivileged process may lock no more than this */
	}
	return 0;
}

SCENARIO(fixed)
{
	char *p = map(16 * MiB, ANON), *q;

	EXPECT(p != MAP_FAILED && !on_device(p));
	q = mmap(p + 4 * MiB, 2 * MiB, RW, ANON | MAP_FIXED, -1, 0);
	EXPECT(q == p + 4 * MiB);
	EXPECT(!on_device(q - 1) && on_device(q) && on_device(q + 2 * MiB - 1) && !on_device(q + 2 * MiB));
	errno = 0;
	EXPECT(mmap(q, 2 * MiB, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
	return 0;
}

SCENARIO(files_are_not_bound)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	void *p = mmap(NULL, 2 * MiB, PROT_READ, MAP_PRIVATE, fd, 0), *q = mmap(NULL, 2 * MiB, RW, MAP_PRIVATE, zero, 0);

	EXPECT(p != MAP_FAILED && !on_device(p));
	EXPECT(q != MAP_FAILED && !on_device(q));
	close(fd);
	close(zero);
	return 0;
}

/* The same calls run without the library and with a plan: the kernel's answers must be the same. */
SCENARIO(errors)
{
	struct rlimit none = { 0, 0 };
	volatile size_t huge = SIZE_MAX / 2;

	errno = 0;
	EXPECT(map(0, ANON) == MAP_FAILED && errno == EINVAL);
	EXPECT(map(huge, ANON) == MAP_FAILED && errno == ENOMEM);
	EXPECT(map(SIZE_MAX, ANON) == MAP_FAILED && errno == ENOMEM);
	EXPECT(mmap((void *)0x1, 2 * MiB, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EINVAL);
	EXPECT(mmap(NULL, 2 * MiB, RW, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
	EXPECT(mmap(NULL, 2 * MiB, RW, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	EXPECT(mmap(NULL, 2 * MiB, RW, ANON, -1, 1) == MAP_FAILED && errno == EINVAL);
	EXPECT(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
	if (!may_lock_all())
		EXPECT(map(2 * MiB, ANON | MAP_LOCKED) == MAP_FAILED && errno == EPERM);
	errno = 0;
	EXPECT(mremap((void *)(4 * KiB), 4 * KiB, 2 * MiB, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	EXPECT(mremap((void *)0x1, 4 * KiB, 2 * MiB, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
	EXPECT(mremap(map(MiB, ANON), MiB, 0, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL);
	return 0;
}

SCENARIO(growth)
{
	char *p = map(64 * KiB, ANON | MAP_POPULATE), *q, *room;

	/* from a size below the rule's minimum to one that it allows */
	EXPECT(p != MAP_FAILED && !on_device(p));
	mark(p, 64 * KiB, 5);
	errno = 4711;
	p = mremap(p, 64 * KiB, 2 * MiB, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && errno == 4711 && on_device(p) && on_device(p + 2 * MiB - 1));
	EXPECT(is_marked(p, 64 * KiB, 2 * MiB, 5));
	EXPECT(count_policy("prefer (many)=static:0") == 1);

	/* beyond the rule's maximum: the kernel keeps the policy */
	p = mremap(p, 2 * MiB, 32 * MiB, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && on_device(p + 32 * MiB - 1));
	EXPECT(count_policy("prefer (many)=static:0") == 1);
	p = mremap(p, 32 * MiB, 4 * KiB, 0);
	EXPECT(p != MAP_FAILED && on_device(p));

	/* moved to an address that the program chose */
	room = map(16 * MiB, ANON);
	q = map(64 * KiB, ANON);
	EXPECT(mremap(q, 64 * KiB, 2 * MiB, MREMAP_MAYMOVE | MREMAP_FIXED, room + 4 * MiB) == room + 4 * MiB);
	EXPECT(!on_device(room) && on_device(room + 4 * MiB) && on_device(room + 6 * MiB - 1) &&
	       !on_device(room + 6 * MiB));

	/* too small before and after */
	q = map(64 * KiB, ANON);
	q = mremap(q, 64 * KiB, 512 * KiB, MREMAP_MAYMOVE);
	EXPECT(q != MAP_FAILED && !on_device(q));
	return 0;
}

SCENARIO(growth_of_others)
{
	unsigned long own = 1;
	char *p = mmap(NULL, 64 * KiB, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q = map(64 * KiB, ANON);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *f = mmap(NULL, 4 * KiB, PROT_READ, MAP_PRIVATE, fd, 0);

	p = mremap(p, 64 * KiB, 2 * MiB, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && !on_device(p));
	f = mremap(f, 4 * KiB, 2 * MiB, MREMAP_MAYMOVE);
	EXPECT(f != MAP_FAILED && !on_device(f));

	/* a policy that the program set itself is kept */
	EXPECT(syscall(SYS_mbind, q, 64 * KiB, MPOL_BIND, &own, 64UL, 0) == 0);
	q = mremap(q, 64 * KiB, 2 * MiB, MREMAP_MAYMOVE);
	EXPECT(q != MAP_FAILED && policy_of(q) == MPOL_BIND);
	close(fd);
	return 0;
}

/*
 * Makes two adjacent mappings with equal rights: one of 2 MiB, which a rule allows, and one of 64 KiB, which it does
 * not, in this order or the other. Without the library, the kernel would merge them.
 */
static char *map_neighbours(bool is_big_first)
{
	char *room = mmap(NULL, 16 * MiB, PROT_NONE, ANON, -1, 0), *p = room + 4 * MiB;
	const size_t first = is_big_first ? 2 * MiB : 64 * KiB, second = 2 * MiB + 64 * KiB - first;

	munmap(p, 2 * MiB + 64 * KiB);
	if (mmap(p + first, second, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) != p + first ||
	    mmap(p, first, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) != p)
		return NULL;
	mark(p, 2 * MiB + 64 * KiB, 3);
	return p;
}

SCENARIO(neighbours)
{
	const size_t size = 2 * MiB + 64 * KiB;
	const size_t sizes[] = { 512 * KiB, 2 * MiB + 64 * KiB, 6 * MiB };
	char *to = mmap(NULL, 8 * MiB, PROT_NONE, ANON, -1, 0), *p;

	for (size_t i = 0; i < 2 * ELEMENTSOF(sizes); i++) {
		p = map_neighbours(i % 2);
		errno = 4711;
		EXPECT(p && on_device(p + 256 * KiB));
		p = mremap(p, size, sizes[i / 2], MREMAP_MAYMOVE | MREMAP_FIXED, to);
		if (p != to || errno != 4711 || !is_marked(p, size, sizes[i / 2], 3)) {
			EXPECT_SAY("case %zu: errno %d", i, errno);
			return 1;
		}
		/* a part that has grown to a size that a rule allows is bound; every other part is unchanged */
		EXPECT(on_device(p + 256 * KiB));
		EXPECT(on_device(p) == (i % 2 || sizes[i / 2] > size));
		EXPECT(on_device(p + sizes[i / 2] - 1) == (i % 2 == 0 || sizes[i / 2] != size));
	}
	return 0;
}

/* With room behind it, the range grows in place; without, it moves if it may. */
SCENARIO(neighbours_grow)
{
	const size_t size = 2 * MiB + 64 * KiB;

	for (int big_first = 0; big_first < 2; big_first++) {
		char *p = map_neighbours(big_first), *q;

		EXPECT(p && mremap(p, size, 4 * MiB, 0) == MAP_FAILED && errno == ENOMEM);
		EXPECT(is_marked(p, size, size, 3) && on_device(p + 256 * KiB));
		q = mremap(p, size, 4 * MiB, MREMAP_MAYMOVE);
		EXPECT(q != MAP_FAILED && q != p && is_marked(q, size, 4 * MiB, 3));
		EXPECT(on_device(q) && on_device(q + size - 1) && on_device(q + 4 * MiB - 1));
		EXPECT(mincore(p, size, (unsigned char[600]){ 0 }) < 0 && errno == ENOMEM);
		p = map_neighbours(big_first);
		munmap(p + size, MiB);
		EXPECT(mremap(p, size, 3 * MiB, 0) == p && is_marked(p, size, 3 * MiB, 3));
		EXPECT(on_device(p) && on_device(p + size - 1) && on_device(p + 3 * MiB - 1));
	}
	return 0;
}

SCENARIO(neighbours_of_others)
{
	const size_t size = 2 * MiB + 64 * KiB;
	unsigned long own = 1;
	char *p = map_neighbours(true);

	/* parts that the program made different itself: the kernel's answer is kept */
	EXPECT(p && mprotect(p + 2 * MiB, 64 * KiB, PROT_READ) == 0);
	EXPECT(mremap(p, size, 4 * MiB, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	EXPECT(on_device(p) && !on_device(p + 2 * MiB));
	p = map_neighbours(false);
	EXPECT(p && syscall(SYS_mbind, p, 64 * KiB, MPOL_BIND, &own, 64UL, 0) == 0);
	EXPECT(mremap(p, size, 4 * MiB, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	EXPECT(policy_of(p) == MPOL_BIND && on_device(p + 64 * KiB));
	p = map_neighbours(true);
	EXPECT(p && munmap(p + MiB, 4 * KiB) == 0);
	EXPECT(mremap(p, size, 4 * MiB, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	EXPECT(!on_device(p + 2 * MiB));
	return 0;
}

static char *map_some(void *at, size_t size, int prot, int flags)
{
	return mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* A strict mapping is fully populated when the call returns, where it is writable. */
SCENARIO(filled)
{
	char *p = map_some(NULL, 9 * MiB, PROT_READ | PROT_WRITE, 0), *q;
	const int rights = PROT_READ | PROT_WRITE;

	EXPECT(on_device(p) && missing(p, 9 * MiB) == 0);
	memset(p, 1, 9 * MiB);
	q = mremap(p, 9 * MiB, 20 * MiB, MREMAP_MAYMOVE);
	EXPECT(q != MAP_FAILED && on_device(q) && missing(q, 20 * MiB) == 0 && q[9 * MiB - 1] == 1);
	EXPECT((p = map_some(NULL, 2 * MiB, rights, MAP_NORESERVE)) != MAP_FAILED && missing(p, 2 * MiB) == 0);
	EXPECT((p = map_some(NULL, 2 * MiB, rights, MAP_LOCKED)) != MAP_FAILED && missing(p, 2 * MiB) == 0);
	EXPECT((p = map_some(NULL, 8 * MiB, PROT_NONE, MAP_NORESERVE)) != MAP_FAILED && on_device(p));
	EXPECT(missing(p, 8 * MiB) == 2048);
	/* over a part of the reservation */
	EXPECT(map_some(p + 2 * MiB, 2 * MiB, rights, MAP_FIXED) == p + 2 * MiB);
	EXPECT(on_device(p + 2 * MiB) && missing(p, 8 * MiB) == 1536 && missing(p + 2 * MiB, 2 * MiB) == 0);
	EXPECT(map_some(p + 2 * MiB, 2 * MiB, rights, MAP_FIXED_NOREPLACE) == MAP_FAILED && errno == EEXIST);
	EXPECT((p = mmap(NULL, 2 * MiB, rights, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
	EXPECT(on_device(p) && missing(p, 2 * MiB) == 0);
	return 0;
}

TEST(strict_mappings_are_populated_on_return)
{
	CHECK_INT(under("3;bind:0;+anon,1048576," ANY ",0;+shm,1048576," ANY ",0", "filled"), ==, 0);
}

SCENARIO(absent_falls_back)
{
	char *p, *q;

	errno = 4711;
	p = map(2 * MiB, ANON);
	q = map(2 * MiB, ANON | MAP_POPULATE);
	EXPECT(p != MAP_FAILED && !on_device(p) && q != MAP_FAILED && !on_device(q) && is_resident(q) && errno == 4711);
	p = mremap(map(64 * KiB, ANON), 64 * KiB, 2 * MiB, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && !on_device(p) && errno == 4711);
	return 0;
}

static int count_vmas(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	int n = 0, c;

	while (f && (c = fgetc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

SCENARIO(absent_fails)
{
	char *p, *q = map(64 * KiB, ANON);
	int before = count_vmas();

	mark(q, 64 * KiB, 3);
	for (int i = 0; i < 10; i++) {
		errno = 0;
		EXPECT(map(2 * MiB, ANON) == MAP_FAILED && errno == ENOMEM);
		errno = 0;
		EXPECT(map(2 * MiB, ANON | MAP_POPULATE) == MAP_FAILED && errno == ENOMEM);
		errno = 0;
		EXPECT(mremap(q, 64 * KiB, 2 * MiB, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
	}
	EXPECT(count_vmas() == before);
	EXPECT(is_marked(q, 64 * KiB, 64 * KiB, 3));
	p = map(64 * KiB, ANON);
	EXPECT(p != MAP_FAILED);
	return 0;
}

TEST(mappings_that_a_rule_allows_are_bound)
{
	CHECK_INT(under(PLAN, "what_is_bound"), ==, 0);
	CHECK_INT(under(PLAN, "what_is_bound_64"), ==, 0);
}

TEST(populated_mappings_are_bound_before_they_are_filled)
{
	CHECK_INT(under(PLAN, "populated"), ==, 0);
	CHECK_INT(under("3;bind:0;+anon,1," ANY ",0", "populated"), ==, 0);
	CHECK_INT(under(PLAN, "bound_before_filled"), ==, 0);
}

TEST(fixed_mappings_are_bound_at_their_address)
{
	CHECK_INT(under(PLAN, "fixed"), ==, 0);
}

TEST(anon_rules_do_not_bind_files)
{
	CHECK_INT(under(PREFER "+anon,1," ANY ",0", "files_are_not_bound"), ==, 0);
}

TEST(errors_of_mmap_and_mremap_are_the_kernels)
{
	char *const plain[] = { (char *)"/proc/self/exe", NULL };

	setenv(ENV_SCENARIO, "errors", 1);
	CHECK_INT(run_command(plain), ==, 0);
	CHECK_INT(under(PREFER "+anon,0," ANY ",0", "errors"), ==, 0);
	CHECK_INT(under("3;bind:0;+anon,0," ANY ",0", "errors"), ==, 0);
}

TEST(a_mapping_that_grows_into_a_rule_is_bound)
{
	CHECK_INT(under(PLAN, "growth"), ==, 0);
	CHECK_INT(under(PLAN, "growth_of_others"), ==, 0);
}

TEST(mremap_works_across_a_bound_and_an_unbound_mapping)
{
	CHECK_INT(under(PREFER "+anon,1048576," ANY ",0", "neighbours"), ==, 0);
	CHECK_INT(under("3;bind:0;+anon,1048576," ANY ",0", "neighbours"), ==, 0);
	CHECK_INT(under("3,fork=dontfork;prefer:0;+anon,1048576," ANY ",0", "neighbours"), ==, 0);
	CHECK_INT(under(PREFER "+anon,1048576," ANY ",0", "neighbours_grow"), ==, 0);
	CHECK_INT(under("3;bind:0;+anon,1048576," ANY ",0", "neighbours_grow"), ==, 0);
	CHECK_INT(under(PREFER "+anon,1048576," ANY ",0", "neighbours_of_others"), ==, 0);
}

TEST(absent_nodes_fall_back_or_fail_as_the_policy_says)
{
	CHECK_INT(under("3;prefer:1;+anon,1048576," ANY ",0", "absent_falls_back"), ==, 0);
	CHECK_INT(under("3;interleave:1;+anon,1048576," ANY ",0", "absent_falls_back"), ==, 0);
	CHECK_INT(under("3;bind:1;+anon,1048576," ANY ",0", "absent_fails"), ==, 0);
}

CHECK_MAIN()
