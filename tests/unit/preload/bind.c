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

/* Failures are counted, leave the range unchanged, and never change errno. */
TEST(failures_are_counted_and_keep_errno)
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

/* Absent nodes in the mask do no harm as long as one node is present. */
TEST(absent_nodes_beside_a_present_one_do_no_harm)
{
	struct placement_target t = { .policy = POLICY_BIND, .nodes = nodeset_of(0) };
	void *p = map(MAP_PRIVATE);

	nodeset_add(&t.nodes, 1);
	CHECK(bind_is_free(p));
	CHECK_INT(bind_range(&t, p, SIZE, 0), ==, 0);
	CHECK(!bind_is_free(p));
}

/* The task's policy, which cdm-launch sets, is not the policy of the VMA. */
TEST(a_task_policy_does_not_make_a_vma_bound)
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

TEST(maps_at_tells_private_anonymous_memory_from_the_rest)
{
	static char data[8192];
	void *heap = sbrk(0);

	data[0] = 1;
	CHECK(is_private_anonymous(map(MAP_PRIVATE)));
	CHECK(!is_private_anonymous(map(MAP_SHARED)));
	CHECK(!is_private_anonymous(&heap));             /* [stack] */
	CHECK(!is_private_anonymous((char *)heap - 16)); /* [heap] */
	CHECK(!is_private_anonymous(data));              /* of a file */
	CHECK(!is_private_anonymous((void *)0x1000));    /* a hole */
}

CHECK_MAIN()
