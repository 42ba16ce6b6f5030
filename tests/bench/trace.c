/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The cost of trace mode for a program: the same calls, before and after it is traced. */

#include "libcdm/rules/rules.h"
#include "trace/trace.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define ROUNDS 5
#define CALLS 4000

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Makes and removes a mapping of this size; 0: makes a call that does not concern memory. */
static void call(size_t size)
{
	void *p;

	if (size == 0) {
		(void)syscall(SYS_getppid);
		return;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		abort();
	munmap(p, size);
}

/* Returns the fastest of several rounds, in microseconds per call: other programs use the machine too. */
static double cost(size_t size)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double began = now_us(), each;

		for (int n = 0; n < CALLS; n++)
			call(size);
		each = (now_us() - began) / CALLS;
		best = each < best ? each : best;
	}
	return best;
}

int main(void)
{
	static const struct {
		const char *what;
		size_t size;
	} kinds[] = { { "another call", 0 }, { "mmap of 64K, not allowed", 64 << 10 }, { "mmap of 4M, allowed", 4 << 20 } };
	_cleanup_rules_ struct rules rules = RULES_NONE;
	struct placement place = { .n_targets = 1,
				   .n_rules = 1,
				   .targets = { { .policy = POLICY_INTERLEAVE, .nodes = nodeset_of(0) } } };
	const struct trace plan = { .place = &place, .why = "trace mode" };
	struct error err = ERROR_NONE;
	double plain[ELEMENTSOF(kinds)];

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		plain[i] = cost(kinds[i].size);
	if (rules_add(&rules, "rule", "anon,min=1M", &err) >= 0)
		place.rules[0] = rules.v[0].asks;
	if (err.code < 0 || trace_start(&plan, NULL, &err) < 0) {
		fprintf(stderr, "%s\n", error_text(&err));
		return 1;
	}
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		double traced = cost(kinds[i].size);

		printf("trace: %-26s %7.2f us, traced %7.2f us: x%.2f\n", kinds[i].what, plain[i], traced,
		       traced / plain[i]);
	}
	return 0;
}
