/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Executable memory is never bound, however it becomes executable, unless a rule allows it. */

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>

#include "basic/cleanup.h"
#include "scenario.h"

#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (RW | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(int prot, int flags)
{
	return mmap(NULL, 2 * MiB, prot, flags, -1, 0);
}

SCENARIO(mapped)
{
	char *p = map(RWX, ANON), *q = map(RWX, ANON | MAP_POPULATE), *s = map(RX, MAP_SHARED | MAP_ANONYMOUS);
	char *rw = map(RW, ANON);

	EXPECT(p != MAP_FAILED && !on_device(p) && q != MAP_FAILED && !on_device(q));
	EXPECT(s != MAP_FAILED && !on_device(s));
	EXPECT(rw != MAP_FAILED && on_device(rw));
	/* part of a reservation, as Java's JIT compiler does it */
	EXPECT(mmap(rw, MiB, RWX, ANON | MAP_FIXED, -1, 0) == rw && !on_device(rw) && on_device(rw + MiB));
	return 0;
}

/* Only some pages change their rights: their neighbours stay bound, and no content changes. */
static int changed_by(int (*protect)(void *p, size_t size, int prot))
{
	char *p = map(RW, ANON), *none = map(PROT_NONE, ANON);

	mark(p, 2 * MiB, 7);
	EXPECT(on_device(p) && on_device(none));
	errno = 4711;
	EXPECT(protect(p + 512 * KiB, MiB, RX) == 0 && errno == 4711);
	EXPECT(on_device(p + 512 * KiB - 1) && !on_device(p + 512 * KiB) && !on_device(p + 1536 * KiB - 1) &&
	       on_device(p + 1536 * KiB));
	EXPECT(is_marked(p, 2 * MiB, 2 * MiB, 7));
	EXPECT(protect(none, 4 * KiB, RWX) == 0 && !on_device(none) && on_device(none + 4 * KiB));
	EXPECT(protect(none, 2 * MiB, RWX) == 0 && !on_device(none + 2 * MiB - 1));
	/* no longer executable, but not bound again: it may become code once more at any time */
	EXPECT(protect(none, 4 * KiB, RW) == 0 && !on_device(none));
	return 0;
}

static int with_key(void *p, size_t size, int prot)
{
	return pkey_mprotect(p, size, prot, -1);
}

SCENARIO(changed)
{
	PASS(changed_by(mprotect));
	return changed_by(with_key);
}

/* Several mappings, each with another policy: only those that the library bound are unbound. */
SCENARIO(several)
{
	unsigned long node0 = 1;
	char *p = mmap(NULL, 16 * MiB, RW, ANON, -1, 0); /* too big for the rule */
	char *free = p, *bound = p + 2 * MiB, *own = p + 4 * MiB, *other = p + 8 * MiB;

	EXPECT(!on_device(free));
	EXPECT(mmap(bound, 2 * MiB, RW, ANON | MAP_FIXED, -1, 0) == bound && on_device(bound));
	EXPECT(syscall(SYS_mbind, own, 2 * MiB, MPOL_BIND, &node0, 64UL, 0) == 0);
	EXPECT(mmap(other, 2 * MiB, RW, ANON | MAP_FIXED, -1, 0) == other && on_device(other));
	EXPECT(mprotect(p, 16 * MiB, RX) == 0);
	EXPECT(!on_device(bound) && !on_device(other));
	EXPECT(policy_of(own) == MPOL_BIND);
	return 0;
}

/* The errors are those of the kernel. */
SCENARIO(refused)
{
	char *p = map(RW, ANON);

	errno = 0;
	EXPECT(mprotect(p + 1, 4 * KiB, RX) == -1 && errno == EINVAL);
	EXPECT(munmap(p, 4 * KiB) == 0);
	errno = 0;
	EXPECT(mprotect(p, 2 * MiB, RX) == -1 && errno == ENOMEM);
	errno = 0;
	EXPECT(pkey_mprotect(p + 4 * KiB, 4 * KiB, RX, 4711) == -1 && errno != 0);
	return 0;
}

/* A JIT compiler's code in a block of malloc(3), until the block is freed. */
SCENARIO(block)
{
	char *p = memalign(4 * KiB, 2 * MiB);

	EXPECT(p && on_device(p));
	mark(p, 2 * MiB, 3);
	EXPECT(mprotect(p + 4 * KiB, 8 * KiB, RX) == 0);
	EXPECT(on_device(p) && !on_device(p + 4 * KiB) && on_device(p + 12 * KiB));
	EXPECT(mprotect(p + 4 * KiB, 8 * KiB, RW) == 0);
	EXPECT(on_device(p + 4 * KiB) && is_marked(p, 2 * MiB, 2 * MiB, 3));
	free(p);
	return 0;
}

SCENARIO(grown)
{
	char *p = mmap(NULL, 64 * KiB, RWX, ANON, -1, 0);

	p = mremap(p, 64 * KiB, 2 * MiB, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && !on_device(p) && !on_device(p + 2 * MiB - 1));
	p = map(RWX, ANON);
	(void)prctl(0x53564d41 /* PR_SET_VMA */, 0, p, 2 * MiB, "code");
	EXPECT(!on_device(p));
	return 0;
}

/* Memory mapped twice: once to write code, once to run it. Both mappings share one policy. */
SCENARIO(twice)
{
	int fd = memfd_create("doublemapper", MFD_CLOEXEC);
	char *rw, *rx;

	EXPECT(ftruncate(fd, 2 * MiB) == 0);
	rw = mmap(NULL, 2 * MiB, RW, MAP_SHARED, fd, 0);
	EXPECT(rw != MAP_FAILED && on_device(rw));
	rx = mmap(NULL, 2 * MiB, RX, MAP_SHARED, fd, 0);
	EXPECT(rx != MAP_FAILED && !on_device(rx) && !on_device(rw));
	EXPECT(munmap(rw, 2 * MiB) == 0);
	rw = mmap(NULL, 2 * MiB, RW, MAP_SHARED, fd, 0);
	EXPECT(rw != MAP_FAILED && !on_device(rw) && !on_device(rx));
	return 0;
}

SCENARIO(segment)
{
	int id = shmget(IPC_PRIVATE, 2 * MiB, 0700 | IPC_CREAT);
	char *p = shmat(id, NULL, 0), *x;

	EXPECT(p != (void *)-1 && on_device(p));
	x = shmat(id, NULL, SHM_EXEC);
	EXPECT(x != (void *)-1 && !on_device(x) && !on_device(p));
	EXPECT(shmctl(id, IPC_RMID, NULL) == 0);
	return 0;
}

/* With READ_IMPLIES_EXEC everything readable is executable. */
SCENARIO(read_implies_exec)
{
	char *p = map(RW, ANON), *q, *none = map(PROT_NONE, ANON);

	EXPECT(on_device(p) && personality(READ_IMPLIES_EXEC) >= 0);
	q = map(RW, ANON);
	EXPECT(q != MAP_FAILED && !on_device(q));
	EXPECT(mprotect(none, 2 * MiB, RW) == 0 && !on_device(none));
	return 0;
}

/* Stacks are not bound either; naming one does not change that. */
SCENARIO(stacks)
{
	char *p = map(RW, ANON | MAP_STACK), *q = map(RW, ANON | MAP_GROWSDOWN);

	EXPECT(p != MAP_FAILED && q != MAP_FAILED);
	(void)prctl(0x53564d41 /* PR_SET_VMA */, 0, p, 2 * MiB, "stack");
	EXPECT(!on_device(p) && !on_device(q));
	return 0;
}

SCENARIO(asked_for)
{
	char *p = map(RWX, ANON), *q = map(RW, ANON);

	EXPECT(on_device(p) && mprotect(q, 2 * MiB, RX) == 0 && on_device(q));
	return 0;
}

#define PLAN PREFER "+malloc,1048576," ANY ",0;+anon,1048576,8388608,0;+shm,1048576," ANY ",0;+file,1," ANY ",0"

TEST(executable_memory_is_never_bound)
{
	CHECK_INT(under(PLAN, "mapped"), ==, 0);
	CHECK_INT(under(PLAN, "grown"), ==, 0);
	CHECK_INT(under(PLAN, "stacks"), ==, 0);
	CHECK_INT(under("3;bind:0;+anon,1," ANY ",0;+shm,1," ANY ",0", "mapped"), ==, 0);
}

TEST(memory_that_becomes_executable_is_unbound)
{
	CHECK_INT(under(PLAN, "changed"), ==, 0);
	CHECK_INT(under("3,fork=dontfork;interleave:0;+anon,1," ANY ",0", "changed"), ==, 0);
	CHECK_INT(under(PLAN, "several"), ==, 0);
	CHECK_INT(under(PLAN, "refused"), ==, 0);
	CHECK_INT(under(PLAN, "block"), ==, 0);
}

TEST(shared_memory_is_unbound_when_any_mapping_is_executable)
{
	CHECK_INT(under(PLAN, "twice"), ==, 0);
	CHECK_INT(under(PLAN, "segment"), ==, 0);
}

TEST(with_read_implies_exec_readable_memory_is_not_bound)
{
	CHECK_INT(under(PLAN, "read_implies_exec"), ==, 0);
}

TEST(executable_memory_is_bound_by_exec_yes)
{
	CHECK_INT(under(PREFER "+anon,1048576," ANY ",0,exec=yes", "asked_for"), ==, 0);
}

CHECK_MAIN()
