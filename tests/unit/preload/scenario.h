/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A SCENARIO is a function that runs in a separate process, under the preload library and a plan: a TEST starts it with
 * under(), which executes this same program again. It prints differences on standard error and returns 1. Node 0 plays
 * the device here; the kernel reports (get_mempolicy, numa_maps) what is bound to it.
 */

#include <errno.h>
#include <linux/filter.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "placement/placement-parse.h"

#define ENV_SCENARIO "CDM_TEST_SCENARIO"
#define KiB 1024UL
#define MiB (1024UL * KiB)
#define ANY "18446744073709551615"
#define PREFER "3;prefer:0;"

struct scenario {
	const char *name;
	int (*run)(void);
	struct scenario *next;
};

static struct scenario *scenarios;

#define SCENARIO(id)                                                               \
	static int scenario_##id(void);                                            \
	static struct scenario scenario_of_##id = { #id, scenario_##id, NULL };    \
	__attribute__((constructor(500))) static void scenario_register_##id(void) \
	{                                                                          \
		scenario_of_##id.next = scenarios;                                 \
		scenarios = &scenario_of_##id;                                     \
	}                                                                          \
	static int scenario_##id(void)

#define EXPECT_SAY(...)                                           \
	do {                                                      \
		fprintf(stderr, "# %s:%d: ", __FILE__, __LINE__); \
		fprintf(stderr, __VA_ARGS__);                     \
		fputc('\n', stderr);                              \
	} while (0)

#define EXPECT(cond)                                                             \
	do {                                                                     \
		if (!(cond)) {                                                   \
			EXPECT_SAY("check failed: %s (errno %d)", #cond, errno); \
			return 1;                                                \
		}                                                                \
	} while (0)

#define PASS(call)                                          \
	do {                                                \
		if ((call) != 0) {                          \
			EXPECT_SAY("called by: %s", #call); \
			return 1;                           \
		}                                           \
	} while (0)

/* A hang counts as a failure. */
__attribute__((constructor(60000))) static void scenario_main(void)
{
	const char *name = getenv(ENV_SCENARIO);

	if (!name)
		return;
	alarm(300);
	for (struct scenario *s = scenarios; s; s = s->next)
		if (strcmp(s->name, name) == 0)
			exit(s->run());
	exit(3);
}

/* Runs a command. Returns its exit status, or 128 + the signal that killed it. */
static inline int run_command(char *const argv[])
{
	int status;
	pid_t pid;

	fflush(stdout);
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The dynamic linker replaces $ORIGIN by this program's directory. */
#define LIB(name) "$ORIGIN/lib/" name ".so"

static inline int command_under(char *const argv[], const char *preload, const char *plan, const char *scenario)
{
	int status;

	setenv("LD_PRELOAD", preload, 1);
	setenv(PLACEMENT_ENV, plan, 1);
	setenv(ENV_SCENARIO, scenario, 1);
	status = run_command(argv);
	unsetenv("LD_PRELOAD");
	unsetenv(PLACEMENT_ENV);
	unsetenv(ENV_SCENARIO);
	return status;
}

static inline int under_preload(const char *preload, const char *plan, const char *scenario)
{
	char *self[] = { (char *)"/proc/self/exe", NULL };

	return command_under(self, preload, plan, scenario);
}

static inline int under(const char *plan, const char *scenario)
{
	return under_preload(PRELOAD_SO, plan, scenario);
}

/* Returns the mode and flags of the policy that governs p; MPOL_DEFAULT if its VMA has none. */
static inline int policy_of(const void *p)
{
	int saved = errno, mode = -1;

	if (syscall(SYS_get_mempolicy, &mode, NULL, 0UL, p, (unsigned long)MPOL_F_ADDR) < 0)
		mode = -1;
	errno = saved;
	return mode;
}

static inline bool on_device(const void *p)
{
	return policy_of(p) & MPOL_F_STATIC_NODES;
}

/* Returns how many VMAs in numa_maps have this policy. */
static inline int count_policy(const char *policy)
{
	FILE *f = fopen("/proc/self/numa_maps", "re");
	char line[8192];
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strchr(line, ' ');

		n += at && strncmp(at + 1, policy, strlen(policy)) == 0;
	}
	if (f)
		fclose(f);
	return n;
}

/* Marks a block at both ends and once per page (big ones: once per 256 KiB), with a value specific to the block. */
static inline size_t mark_step(size_t size)
{
	return size > MiB ? 256 * KiB : 4 * KiB;
}

static inline void mark(void *p, size_t size, unsigned char value)
{
	unsigned char *b = p;

	for (size_t i = 0; i < size; i += mark_step(size))
		b[i] = value;
	for (size_t i = 0; i < size && i < 64; i++)
		b[i] = b[size - 1 - i] = value;
}

static inline bool is_marked(const void *p, size_t marked_size, size_t size, unsigned char value)
{
	const unsigned char *b = p;
	size_t n = size < marked_size ? size : marked_size;

	for (size_t i = 0; i < n; i += mark_step(marked_size))
		if (b[i] != value)
			return false;
	for (size_t i = 0; i < n && i < 64; i++)
		if (b[i] != value)
			return false;
	for (size_t i = 0; size >= marked_size && i < n && i < 64; i++)
		if (b[n - 1 - i] != value)
			return false;
	return true;
}

static inline bool is_zero(const void *p, size_t size)
{
	const unsigned char *b = p;

	return size == 0 || (b[0] == 0 && memcmp(b, b + 1, size - 1) == 0);
}

/* Returns a field of /proc/self/statm in bytes: 0 is all address space, 1 what is resident. */
static inline size_t statm(int field)
{
	size_t pages[2] = { 0, 0 };
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f || fscanf(f, "%zu %zu", &pages[0], &pages[1]) != 2)
		pages[0] = pages[1] = 0;
	if (f)
		fclose(f);
	return pages[field] * (size_t)sysconf(_SC_PAGESIZE);
}

/* Returns how many pages of the range do not exist. */
static inline size_t missing(const void *p, size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = (char *)(uintptr_t)p - (uintptr_t)p % page;
	unsigned char there;
	size_t sum = 0;

	for (; at < (const char *)p + size; at += page)
		sum += mincore(at, page, &there) < 0 || !(there & 1);
	return sum;
}

/* Gives a system call this result in the calling thread from now on (a seccomp action). */
static inline int on_call(long nr, uint32_t action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static inline int on_mbind(uint32_t action)
{
	return on_call(SYS_mbind, action);
}

/* Returns whether the kernel lets this process lock more than its limit: that takes CAP_IPC_LOCK (can_do_mlock()). */
static inline bool may_lock_all(void)
{
	const struct rlimit none = { 0, 0 };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(setrlimit(RLIMIT_MEMLOCK, &none) < 0 || mlock(&none, 1) < 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
