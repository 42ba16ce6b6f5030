/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The unit tests' whole framework. TEST(name) { ... } registers itself; CHECK*() prints what differed and where, and
 * ends that test. CHECK_MAIN() prints TAP and exits with 1 if a test failed.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check_test {
	const char *name;
	void (*run)(void);
	struct check_test *next;
};

static struct check_test *check_tests, **check_tail = &check_tests;
static bool check_failed;

#define TEST(id)                                                                               \
	static void test_##id(void);                                                           \
	static struct check_test check_##id = { #id, test_##id, NULL };                        \
	__attribute__((constructor(1000 + __COUNTER__))) static void check_register_##id(void) \
	{                                                                                      \
		*check_tail = &check_##id;                                                     \
		check_tail = &check_##id.next;                                                 \
	}                                                                                      \
	static void test_##id(void)

#define CHECK_FAIL(...)                                  \
	do {                                             \
		printf("# %s:%d: ", __FILE__, __LINE__); \
		printf(__VA_ARGS__);                     \
		putchar('\n');                           \
		check_failed = true;                     \
		return;                                  \
	} while (0)

#define CHECK(cond)                                            \
	do {                                                   \
		if (!(cond))                                   \
			CHECK_FAIL("check failed: %s", #cond); \
	} while (0)

#define CHECK_INT(a, op, b)                                                                     \
	do {                                                                                    \
		long long a_ = (long long)(a), b_ = (long long)(b);                             \
		if (!(a_ op b_))                                                                \
			CHECK_FAIL("check failed: %s " #op " %s (%lld, %lld)", #a, #b, a_, b_); \
	} while (0)

#define CHECK_STR(a, b)                                                                                     \
	do {                                                                                                \
		const char *a_ = (a), *b_ = (b);                                                            \
		if (!a_ || !b_ || strcmp(a_, b_) != 0)                                                      \
			CHECK_FAIL("%s is \"%s\", not \"%s\"", #a, a_ ? a_ : "(null)", b_ ? b_ : "(null)"); \
	} while (0)

#define CHECK_MAIN()                                                                        \
	int main(void)                                                                      \
	{                                                                                   \
		int n = 0, failed = 0;                                                      \
		for (struct check_test *t = check_tests; t; t = t->next) {                  \
			check_failed = false;                                               \
			t->run();                                                           \
			failed += check_failed;                                             \
			printf("%sok %d - %s\n", check_failed ? "not " : "", ++n, t->name); \
			fflush(stdout);                                                     \
		}                                                                           \
		printf("1..%d\n", n);                                                       \
		return failed || n == 0;                                                    \
	}
