/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The mode for each kind of program, and the programs that are refused. */

#include "check.h"

#include "cdm-launch/launch.h"
#include "cdm-launch/program.h"

#include <errno.h>

static int mode_of(const char *program, enum mode asked, struct error *err)
{
	_cleanup_rules_ struct rules rules = RULES_NONE;
	_cleanup_free_ char *path = NULL;
	enum program_kind kind;
	enum mode mode;
	int r;

	if (asprintf(&path, PROGRAM_KINDS "/%s", program) < 0)
		return -ENOMEM;
	r = rules_add(&rules, "--allow", "anon,min=1M", err);
	if (r >= 0)
		r = program_check(path, &kind, err);
	if (r >= 0)
		r = launch_choose_mode(asked, kind, &rules, path, &mode, err);
	return r < 0 ? r : (int)mode;
}

TEST(each_kind_of_program_gets_the_mode_that_can_place_it)
{
	static const struct {
		const char *program;
		int automatic, preload, trace; /* a mode, or -EOPNOTSUPP */
		const char *why;
	} cases[] = {
		{ "dynamic", MODE_PRELOAD, MODE_PRELOAD, MODE_TRACE, NULL },
		{ "static", MODE_TRACE, -EOPNOTSUPP, MODE_TRACE, "is statically linked" },
		{ "other-libc", MODE_TRACE, -EOPNOTSUPP, MODE_TRACE, "not with glibc" },
		{ "asan-clang", -EOPNOTSUPP, -EOPNOTSUPP, MODE_TRACE, "is built with AddressSanitizer" },
		{ "asan", -EOPNOTSUPP, -EOPNOTSUPP, MODE_TRACE, "is built with AddressSanitizer" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct error err = ERROR_NONE;

		printf("# %s\n", cases[i].program);
		CHECK_INT(mode_of(cases[i].program, MODE_AUTO, &err), ==, cases[i].automatic);
		CHECK_INT(mode_of(cases[i].program, MODE_TRACE, &err), ==, cases[i].trace);
		CHECK_INT(mode_of(cases[i].program, MODE_PRELOAD, &err), ==, cases[i].preload);
		CHECK(!cases[i].why || strstr(error_text(&err), cases[i].why));
	}
}

CHECK_MAIN()
