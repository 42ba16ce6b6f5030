/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Binding by the preload library: failures are counted, leave the range unchanged, and keep errno. */

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../check.h"
#include "preload/bind.h"
#include "preload/self-maps.h"

#define SIZE 65536UL

static void *map(int flags)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

/* Failures are counted, leave the range alone, and never touch errno. */
TEST(failures)
{
	struct placement_target t = { .policy = POLICY_PREFER, .nodes = nodeset_of(0) };
	unsigned long before = bind_failures();
	void *p = map(MAP_PRIVATE);

	errno = 4711;
	CHECK_INT(bind_range(&t, p, SIZE, 0), ==, 0);
	CHECK_INT(bind_failures() - before, ==, 0);
	t.nodes = nodeset_of(NODESET_MAX - 1);
	CHECK_INT(bind_range(&t, p, SIZE, 0), ==, -EINVAL);
	CHECK_INT(bind_range(&t, (char *)p + 1, SIZE, 0), ==, -EINVAL);
	t.nodes = nodeset_of(0);
	munmap(p, SIZE);
	CHECK_INT(bind_range(&t, p, SIZE, 0), ==, -EFAULT);
	CHECK_INT(bind_failures() - before, ==, 3);
	CHECK_INT(errno, ==, 4711);
}

/* A node of the mask that is absent does no harm as long as one is there. */
TEST(absent_among_present)
{
	struct placement_target t = { .policy = POLICY_BIND, .nodes = nodeset_of(0) };
	void *p = map(MAP_PRIVATE);

	nodeset_add(&t.nodes, 1);
	CHECK(bind_is_free(p));
	CHECK_INT(bind_range(&t, p, SIZE, 0), ==, 0);
	CHECK(!bind_is_free(p));
}

/* The task's own policy, which the launcher sets, is not the VMA's. */
TEST(free_under_a_task_policy)
{
	unsigned long node0 = 1;
	struct placement_target t = { .policy = POLICY_PREFER, .nodes = nodeset_of(0) };
	void *p = map(MAP_PRIVATE);

	CHECK_INT(syscall(SYS_set_mempolicy, MPOL_BIND | MPOL_F_STATIC_NODES, &node0, 64UL), ==, 0);
	CHECK(bind_is_free(p));
	CHECK_INT(bind_range(&t, p, SIZE, 0), ==, 0);
	CHECK(!bind_is_free(p));
	CHECK_INT(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0UL), ==, 0);
}

static bool is_private_anonymous(const void *p)
{
	struct mapping m;

	return maps_at(p, &m) && m.is_private_anonymous;
}

TEST(private_and_anonymous)
{
	static char data[8192];
	void *heap = sbrk(0);

	data[0] = 1;
	CHECK(is_private_anonymous(map(MAP_PRIVATE)));
	CHECK(!is_private_anonymous(map(MAP_SHARED)));
	CHECK(!is_private_anonymous(&heap));             /* [stack] */
	CHECK(!is_private_anonymous((char *)heap - 16)); /* [heap] */
	CHECK(!is_private_anonymous(data));              /* a file's */
	CHECK(!is_private_anonymous((void *)0x1000));    /* a hole */
}

CHECK_MAIN()
