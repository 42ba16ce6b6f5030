/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Trace mode: which calls a rule allows, and which calls the seccomp filter stops. */

#include "check.h"
#include "trace/rules-of.h"

#include "trace/allow.h"
#include "trace/seccomp-filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static bool wants(const char *const *rules, long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct placement r = place_of(rules);

	return allow_call(&r, &(struct call){ .nr = (uint64_t)nr, .args = { a, b, c, d } }) >= 0;
}

TEST(rules_for_malloc_and_anon_apply_to_mappings)
{
	const char *const rules[] = { "!malloc,min=2M,max=3M", "anon,min=1M", "malloc,min=64K,max=128K", NULL };
	const uint64_t flags = MAP_PRIVATE | MAP_ANONYMOUS;
	const struct placement r = place_of(rules);

	CHECK(wants(rules, SYS_mmap, 0, 1 << 20, 3, flags));
	CHECK(!wants(rules, SYS_mmap, 0, (1 << 20) - 1, 3, flags));
	CHECK(!wants(rules, SYS_mmap, 0, 2 << 20, 3, flags));
	CHECK(!wants(rules, SYS_mmap, 0, 3 << 20, 3, flags));
	CHECK(wants(rules, SYS_mmap, 0, (3 << 20) + 1, 3, flags));
	CHECK(wants(rules, SYS_mmap, 0, 100 << 10, 3, flags));
	CHECK_INT(allow_smallest(&r), ==, 64 << 10);
	CHECK(!wants(rules, SYS_brk, 4096, 0, 0, 0));
}

TEST(only_private_anonymous_mappings_except_stacks_are_allowed)
{
	CHECK(wants(anon, SYS_mmap, 0, 4 << 20, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED));
	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, 3, MAP_PRIVATE));
	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, 3, MAP_SHARED | MAP_ANONYMOUS));
	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, 3, MAP_SHARED_VALIDATE | MAP_ANONYMOUS));
	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK));
	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN));
	CHECK(wants(anon, SYS_mremap, 0, 4096, 4 << 20, 0));
	CHECK(!wants(anon, SYS_mremap, 0, 4096, 8192, 0));
	CHECK(!wants(anon, SYS_mremap, 0, 4 << 20, 4 << 20, 0));
	CHECK(!wants(anon, SYS_mremap, 0, 0, 4 << 20, 0));
	CHECK(!wants(anon, SYS_munmap, 0, 4 << 20, 0, 0));
}

TEST(executable_mappings_are_allowed_only_by_exec_yes)
{
	const char *const asking[] = { "anon,min=1M,exec=yes", NULL };

	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS));
	CHECK(!wants(anon, SYS_mmap, 0, 4 << 20, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS));
	CHECK(wants(asking, SYS_mmap, 0, 4 << 20, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS));
	CHECK(wants(asking, SYS_mmap, 0, 4 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS));
}

TEST(brk_is_allowed_only_by_heap_rules)
{
	const char *const denied[] = { "!heap", "heap", "anon", NULL };

	CHECK(wants(anon_heap, SYS_brk, 4096, 0, 0, 0));
	CHECK(!wants(anon_heap, SYS_brk, 0, 0, 0, 0));
	CHECK(!wants(anon, SYS_brk, 4096, 0, 0, 0));
	CHECK(!wants(denied, SYS_brk, 4096, 0, 0, 0));
}

/* Runs the filter as the kernel would, for the few instructions that it uses. Returns -1 for an unknown instruction. */
static long run_filter(const struct sock_filter *v, unsigned n, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (unsigned i = 0; i < n; i++) {
		switch (v[i].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + v[i].k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= v[i].k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == v[i].k ? v[i].jt : v[i].jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			i += a & v[i].k ? v[i].jt : v[i].jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += a >= v[i].k ? v[i].jt : v[i].jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			i += a > v[i].k ? v[i].jt : v[i].jf;
			break;
		case BPF_RET | BPF_K:
			return v[i].k;
		default:
			return -1;
		}
	}
	return -1;
}

static bool stops(const char *const *rules, uint32_t arch, long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct placement r = place_of(rules);
	struct sock_filter v[FILTER_MAX];
	const unsigned n = filter_make(&r, v);
	const struct seccomp_data data = { .nr = (int)nr, .arch = arch, .args = { a, b, c, d } };
	const long answer = run_filter(v, n, &data);

	return answer != SECCOMP_RET_ALLOW;
}

TEST(the_filter_stops_only_calls_that_a_rule_may_allow)
{
	static const uint64_t sizes[] = { 0,
					  1,
					  4096,
					  (1 << 20) - 1,
					  1 << 20,
					  4 << 20,
					  (1UL << 32) - 1,
					  1UL << 32,
					  (1UL << 32) + 5,
					  5UL << 32,
					  UINT64_MAX };
	const char *const huge[] = { "anon,min=5G", NULL };
	const char *const *const sets[] = { anon, anon_heap, huge };
	const uint64_t flags[] = { MAP_PRIVATE | MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED | MAP_ANONYMOUS,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE };

	for (size_t s = 0; s < ELEMENTSOF(sets); s++)
		for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
			const struct placement r = place_of(sets[s]);

			for (size_t f = 0; f < ELEMENTSOF(flags); f++)
				CHECK_INT(stops(sets[s], ARCH_AUDIT, SYS_mmap, 0, sizes[i], 3, flags[f]), ==,
					  sizes[i] >= allow_smallest(&r) && (f == 0 || f == 4));
			CHECK(stops(sets[s], ARCH_AUDIT, SYS_mremap, 0, 1, sizes[i], 0));
			CHECK(!stops(sets[s], ARCH_AUDIT, SYS_munmap, 0, sizes[i], 3, flags[0]));
			/* Call numbers of other ABIs mean other calls: i386, and x32 with its bit. */
			CHECK(!stops(sets[s], AUDIT_ARCH_I386, SYS_mmap, 0, sizes[i], 3, flags[0]));
			CHECK(!stops(sets[s], ARCH_AUDIT, SYS_mmap | 0x40000000, 0, sizes[i], 3, flags[0]));
		}
	for (int prot = 0; prot < 8; prot++) {
		const char *const asking[] = { "anon,min=1M,exec=yes", NULL };
		const char *const strict[] = { "anon,min=1M,policy=bind", NULL };
		const bool matters = prot & (PROT_EXEC | PROT_WRITE);

		CHECK(stops(anon, ARCH_AUDIT, SYS_mprotect, 0, 4096, (uint64_t)prot, 0) == !!(prot & PROT_EXEC));
		CHECK(stops(anon_heap, ARCH_AUDIT, SYS_pkey_mprotect, 0, 1, (uint64_t)prot, 0) == !!(prot & PROT_EXEC));
		CHECK(stops(strict, ARCH_AUDIT, SYS_mprotect, 0, 1, (uint64_t)prot, 0) == matters);
		CHECK(stops(strict, ARCH_AUDIT, SYS_pkey_mprotect, 0, 1, (uint64_t)prot, 0) == matters);
		CHECK(stops(anon, ARCH_AUDIT, SYS_mmap, 0, 4 << 20, (uint64_t)prot, flags[0]) == !(prot & PROT_EXEC));
		CHECK(stops(asking, ARCH_AUDIT, SYS_mmap, 0, 4 << 20, (uint64_t)prot, flags[0]));
	}
	CHECK(stops(anon, ARCH_AUDIT, SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0));
	CHECK(!stops(anon, ARCH_AUDIT, SYS_clone, CLONE_VM | CLONE_THREAD, 0, 0, 0));
	CHECK(stops(anon, ARCH_AUDIT, SYS_clone3, 0, 88, 0, 0));
	CHECK(stops(anon_heap, ARCH_AUDIT, SYS_brk, 4096, 0, 0, 0));
	CHECK(!stops(anon, ARCH_AUDIT, SYS_brk, 4096, 0, 0, 0));
}

CHECK_MAIN()
