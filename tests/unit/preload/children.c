/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What forked children inherit of device memory, and executed programs of the rules. */

#include <sys/mman.h>

#include "scenario.h"

#define PLACED "prefer:0;+malloc,1048576," ANY ",0;+anon,1048576," ANY ",0;+shm,1048576," ANY ",0"

static void *private_mapping, *shared_mapping, *block;

/* Runs a function in a forked child. Returns its status as a shell would show it. */
static int in_child(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(what());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int touch_block(void)
{
	return !is_marked(block, 2 * MiB, 2 * MiB, 7);
}

static int touch_mapping(void)
{
	return !is_marked(private_mapping, 2 * MiB, 2 * MiB, 8);
}

static int touch_shared(void)
{
	mark(shared_mapping, 2 * MiB, 10);
	return 0;
}

static int grow_block(void)
{
	return realloc(block, 4 * MiB) == NULL;
}

/* Everything that a child may do before it executes a program: it works like any program, without device memory. */
static int go_on(void)
{
	for (int i = 0; i < 64; i++) {
		char *p = malloc(3 * MiB), *small = malloc(100), *m;

		EXPECT(p && small && !on_device(p));
		mark(p, 3 * MiB, 5);
		EXPECT(is_marked(p, 3 * MiB, 3 * MiB, 5));
		m = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		EXPECT(m != MAP_FAILED);
		mark(m, 2 * MiB, 6);
		p = realloc(p, 5 * MiB);
		EXPECT(p && is_marked(p, 3 * MiB, 2 * MiB, 5));
		free(p);
		free(small);
	}
	/* The parent's block is freed without touching it, as its memory is not mapped here. */
	free(block);
	return in_child(touch_mapping) == 128 + SIGSEGV ? 0 : 1;
}

static int make(void)
{
	block = malloc(2 * MiB);
	private_mapping = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared_mapping = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(on_device(block) && on_device(private_mapping) && on_device(shared_mapping));
	mark(block, 2 * MiB, 7);
	mark(private_mapping, 2 * MiB, 8);
	mark(shared_mapping, 2 * MiB, 9);
	return 0;
}

static int parent_is_whole(void)
{
	EXPECT(is_marked(block, 2 * MiB, 2 * MiB, 7));
	EXPECT(is_marked(private_mapping, 2 * MiB, 2 * MiB, 8));
	EXPECT(is_marked(shared_mapping, 2 * MiB, 2 * MiB, 10));
	block = realloc(block, 8 * MiB);
	EXPECT(block && on_device(block) && is_marked(block, 2 * MiB, MiB, 7));
	free(block);
	return 0;
}

static int all_in_child(void)
{
	return touch_block() || touch_mapping() || touch_shared();
}

SCENARIO(fork_keeps)
{
	PASS(make());
	EXPECT(in_child(all_in_child) == 0);
	return parent_is_whole();
}

SCENARIO(fork_leaves)
{
	PASS(make());
	EXPECT(in_child(touch_block) == 128 + SIGSEGV);
	EXPECT(in_child(grow_block) == 128 + SIGSEGV);
	EXPECT(in_child(touch_mapping) == 128 + SIGSEGV);
	EXPECT(in_child(touch_shared) == 0);
	EXPECT(in_child(go_on) == 0);
	return parent_is_whole();
}

TEST(by_default_a_child_inherits_all_device_memory)
{
	CHECK_INT(under("3;" PLACED, "fork_keeps"), ==, 0);
}

/* A chunk is still one VMA. */
SCENARIO(merged)
{
	void *blocks[40];

	for (size_t i = 0; i < 40; i++) {
		blocks[i] = malloc(4 * MiB);
		mark(blocks[i], 4 * MiB, 1);
	}
	EXPECT(count_policy("prefer (many)=static:0") == 1);
	for (size_t i = 0; i < 40; i++)
		free(blocks[i]);
	return 0;
}

TEST(with_fork_dontfork_only_private_device_memory_is_missing)
{
	CHECK_INT(under("3,fork=dontfork;" PLACED, "fork_leaves"), ==, 0);
	CHECK_INT(under("3,fork=dontfork;bind:0;+malloc,1048576," ANY ",0;+anon,1048576," ANY ",0;+shm,1048576," ANY ",0",
			"fork_leaves"),
		  ==, 0);
	CHECK_INT(under("3,fork=dontfork;" PLACED, "merged"), ==, 0);
}

/* What is executed ------------------------------------------------------------------------------------------------ */

/* Executes this program again, as another scenario, by vfork() or by posix_spawn(). */
static int execute(const char *scenario, bool by_spawn)
{
	char *self[] = { (char *)"/proc/self/exe", NULL };
	int status;
	pid_t pid;

	setenv(ENV_SCENARIO, scenario, 1);
	if (by_spawn)
		return run_command(self);
	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): vfork() is what is tested */
	if (pid == 0) {
		execv(self[0], self);
		_exit(9);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

SCENARIO(has_rules)
{
	void *p = malloc(2 * MiB);

	EXPECT(on_device(p));
	free(p);
	return 0;
}

SCENARIO(has_none)
{
	void *p = malloc(2 * MiB);
	const char *preload = getenv("LD_PRELOAD");

	EXPECT(!on_device(p));
	free(p);
	EXPECT(!getenv(PLACEMENT_ENV));
	EXPECT(!preload || !strstr(preload, "libcdm-preload"));
	return 0;
}

SCENARIO(hands_on)
{
	PASS(scenario_has_rules());
	EXPECT(execute("has_rules", true) == 0);
	EXPECT(execute("has_rules", false) == 0);
	return 0;
}

/* The program itself and its forked children keep their rules. */
SCENARIO(keeps_to_itself)
{
	PASS(scenario_has_rules());
	EXPECT(in_child(scenario_has_rules) == 0);
	EXPECT(execute("has_none", true) == 0);
	EXPECT(execute("has_none", false) == 0);
	return 0;
}

TEST(an_executed_program_inherits_the_rules)
{
	CHECK_INT(under("3;" PLACED, "hands_on"), ==, 0);
}

TEST(with_inherit_no_an_executed_program_has_no_rules)
{
	CHECK_INT(under("3,inherit=no;" PLACED, "keeps_to_itself"), ==, 0);
	CHECK_INT(under_preload(PRELOAD_SO ":" LIB("asks"), "3,inherit=no;" PLACED, "keeps_to_itself"), ==, 0);
}

/* Huge pages and the first node ----------------------------------------------------------------------------------- */

/* Returns whether the VMA of p has this flag in VmFlags of smaps: "hg", "nh". */
static bool has_flag(const void *p, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[4096];
	bool here = false, found = false;

	while (f && fgets(line, sizeof(line), f)) {
		uintptr_t start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = (uintptr_t)p >= start && (uintptr_t)p < end;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	if (f)
		fclose(f);
	return found;
}

SCENARIO(huge)
{
	void *p = malloc(2 * MiB), *q = malloc(16 * MiB), *m;

	m = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(on_device(p) && on_device(q) && on_device(m));
	EXPECT(has_flag(p, " hg ") && !has_flag(p, " nh "));
	EXPECT(has_flag(q, " nh ") && !has_flag(q, " hg "));
	EXPECT(!has_flag(m, " nh ") && !has_flag(m, " hg "));
	return 0;
}

TEST(each_target_sets_its_transparent_huge_pages)
{
	CHECK_INT(under("3;prefer,thp=always:0;prefer,thp=never:0;prefer:0;+malloc,1048576,4194304,0;+malloc,1048576," ANY
			",1;+anon,1," ANY ",2",
			"huge"),
		  ==, 0);
}

TEST(a_home_node_keeps_one_vma_a_chunk_and_the_rules)
{
	CHECK_INT(under("3;prefer,home=0:0;+malloc,1048576," ANY ",0", "merged"), ==, 0);
	CHECK_INT(under("3;bind,home=0:0;+malloc,1048576," ANY ",0", "has_rules"), ==, 0);
}

CHECK_MAIN()
