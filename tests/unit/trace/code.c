/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Executable memory, however it becomes executable. Static, with glibc and with musl. */

#include "victim.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/personality.h>
#include <sys/wait.h>

#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (RW | PROT_EXEC)

static void mapped(const char *policy)
{
	char *rwx = map(4 * MIB, RWX, 0), *filled = map(4 * MIB, RX, MAP_POPULATE), *small = map(8192, RWX, 0);

	EXPECT_POLICY(rwx, policy);
	EXPECT_POLICY(filled, policy);
	small = mremap(small, 8192, 2 * MIB, MREMAP_MAYMOVE);
	EXPECT(small != MAP_FAILED);
	EXPECT_POLICY(small, policy);
}

static void changed(long nr)
{
	char *p = map(4 * MIB, RW, 0), *none = map(4 * MIB, PROT_NONE, 0), *own = map(8192, RW, 0);
	unsigned long node = 1;

	memset(p, 7, 4 * MIB);
	EXPECT_POLICY(p, BOUND);
	EXPECT(syscall(nr, p + MIB, 2 * MIB, RX, -1L) == 0);
	EXPECT_POLICY(p, BOUND);
	EXPECT_POLICY(p + MIB, "default");
	EXPECT_POLICY(p + 3 * MIB - 1, "default");
	EXPECT_POLICY(p + 3 * MIB, BOUND);
	EXPECT(p[0] == 7 && p[MIB] == 7 && p[4 * MIB - 1] == 7);
	/* the range covers several mappings: each is unbound */
	EXPECT(syscall(nr, p, 4 * MIB, RX, -1L) == 0);
	EXPECT_POLICY(p, "default");
	EXPECT_POLICY(p + 3 * MIB, "default");
	EXPECT(syscall(nr, none, 65536L, RWX, -1L) == 0);
	EXPECT_POLICY(none, "default");
	EXPECT_POLICY(none + 65536, BOUND);
	/* memory that the program has bound itself stays bound: MPOL_PREFERRED */
	EXPECT(syscall(SYS_mbind, own, 8192, 1, &node, 2, 0) == 0);
	EXPECT(syscall(nr, own, 8192, RX, -1L) == 0);
	EXPECT_POLICY(own, "prefer:0");
}

/* The kernel changes the rights up to a hole, and then fails. */
static void failing(void)
{
	char *p = map(4 * MIB, RW, 0);

	EXPECT(munmap(p + 2 * MIB, MIB) == 0);
	EXPECT(mprotect(p, 4 * MIB, RX) == -1 && errno == ENOMEM);
	EXPECT_POLICY(p, "default");
	EXPECT_POLICY(p + 3 * MIB, BOUND);
	EXPECT(syscall(SYS_mprotect, p + 1, 4096L, RX) == -1 && errno == EINVAL);
}

static void by_personality(void)
{
	EXPECT(personality(READ_IMPLIES_EXEC) >= 0);
	EXPECT_POLICY(map(4 * MIB, RW, 0), "default");
	EXPECT_POLICY(map(4 * MIB, RW, MAP_POPULATE), "default");
	/* then the heap is executable, too */
	EXPECT((char *)syscall(SYS_brk, (char *)syscall(SYS_brk, NULL) + 2 * MIB) != NULL);
	EXPECT_POLICY((char *)syscall(SYS_brk, NULL) - 1, "default");
}

/* CLONE_UNTRACED would make a child without a tracer, but with our filter. */
static void in_an_untraced_child(pid_t pid)
{
	int status;

	if (pid == 0) {
		char *p = map(4 * MIB, RW, 0);

		EXPECT(p != MAP_FAILED);
		EXPECT_POLICY(p, BOUND);
		EXPECT(mprotect(p, MIB, RX) == 0);
		_exit(0);
	}
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* struct clone_args: the flags first, the signal fifth. */
static const uint64_t untraced[8] = { CLONE_UNTRACED, 0, 0, 0, SIGCHLD };

/* clone3(2) takes its flags from memory, which may be read-only. */
static void in_untraced_children(void)
{
	uint64_t writable[8], *shared;
	int fd = memfd_create("args", 0);

	in_an_untraced_child((pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL));
	memcpy(writable, untraced, sizeof(untraced));
	in_an_untraced_child((pid_t)syscall(SYS_clone3, writable, sizeof(writable)));
	EXPECT(fd >= 0 && write(fd, untraced, sizeof(untraced)) == sizeof(untraced));
	in_an_untraced_child((pid_t)syscall(SYS_clone3, untraced, sizeof(untraced)));
	shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	EXPECT(shared != MAP_FAILED && syscall(SYS_clone3, shared, sizeof(untraced)) == -1 && errno == ENOSYS);
	EXPECT(syscall(SYS_clone3, NULL, 64UL) == -1 && errno == EFAULT);
}

static void in_a_child(void)
{
	char *p = map(4 * MIB, RW, 0);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		EXPECT(mprotect(p, MIB, RX) == 0);
		EXPECT_POLICY(p, "default");
		_exit(0);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	EXPECT_POLICY(p, BOUND);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		char *p = map(4 * MIB, RW, 0);

		mapped(BOUND);
		EXPECT(mprotect(p, MIB, RX) == 0);
		EXPECT_POLICY(p, BOUND);
		return 0;
	}
	mapped("default");
	changed(SYS_mprotect);
	/* Not every architecture has this call (CONFIG_ARCH_HAS_PKEYS). */
	if (syscall(SYS_pkey_mprotect, NULL, 0UL, 0L, -1L) == 0 || errno != ENOSYS)
		changed(SYS_pkey_mprotect);
	failing();
	in_a_child();
	in_untraced_children();
	by_personality();
	return 0;
}
