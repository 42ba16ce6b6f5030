/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "basic/error.h"
#include "basic/fd.h"
#include "basic/idset.h"
#include "basic/strutil.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

TEST(ranges)
{
	static const struct {
		const char *text;
		int r;
		uint64_t first, last;
	} cases[] = {
		{ "7", 0, 7, 7 },
		{ "7-7", 0, 7, 7 },
		{ "7-90", 0, 7, 90 },
		{ "7-", 0, 7, UINT64_MAX },
		{ "0-18446744073709551615", 0, 0, UINT64_MAX },
		{ "", -EINVAL },
		{ "-", -EINVAL },
		{ "-7", -EINVAL },
		{ "9-7", -EINVAL },
		{ "7--9", -EINVAL },
		{ "7-9-", -EINVAL },
		{ "7+9", -EINVAL },
		{ "7 -9", -EINVAL },
		{ "0x7", -EINVAL },
		{ "7-18446744073709551616", -ERANGE },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t first = 1, last = 2;
		bool ok = cases[i].r == 0;

		if (parse_range(cases[i].text, &first, &last) != cases[i].r)
			CHECK_FAIL("\"%s\"", cases[i].text);
		if (first != (ok ? cases[i].first : 1) || last != (ok ? cases[i].last : 2))
			CHECK_FAIL("\"%s\" is %" PRIu64 " to %" PRIu64, cases[i].text, first, last);
	}
}

TEST(paths_are_in_the_order_of_a_walk)
{
	static const char *const order[] = { "",    "a",       "a/b",       "a/b/c", "a/b.c",
					     "a b", "a.slice", "a.slice/x", "b",     "\xc3\xa4" };

	for (size_t i = 0; i < ELEMENTSOF(order); i++)
		for (size_t j = 0; j < ELEMENTSOF(order); j++) {
			int c = path_compare(order[i], order[j]);

			if ((c > 0) - (c < 0) != (i > j) - (i < j))
				CHECK_FAIL("\"%s\" and \"%s\"", order[i], order[j]);
		}
}

TEST(sets_of_ids_are_ascending_and_closed)
{
	static const char *const good[] = { "", "0", "0-3,5", "18446744073709551614" };
	static const char *const bad[] = { "5-", "3-1", "1,1", "2,1", "1-4,3", "x", "1-2-3", "18446744073709551615" };

	for (size_t i = 0; i < ELEMENTSOF(good); i++) {
		_cleanup_idset_ struct idset s = IDSET_NONE;
		_cleanup_free_ char *text = NULL;

		CHECK_INT(idset_parse(good[i], &s), ==, 0);
		text = idset_format(&s);
		CHECK_STR(text, good[i]);
	}
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		struct idset s = IDSET_NONE;

		if (idset_parse(bad[i], &s) != -EINVAL || s.v)
			CHECK_FAIL("\"%s\"", bad[i]);
	}
}

TEST(files_are_read_to_their_end_or_refused)
{
	_cleanup_free_ char *text = NULL, *more = NULL;
	int pipefd[2];
	size_t len;

	CHECK(pipe2(pipefd, O_CLOEXEC) == 0);
	for (int i = 0; i < 5000; i++) /* more than the first buffer holds */
		CHECK_INT(write(pipefd[1], "ab", 2), ==, 2);
	close(pipefd[1]);
	CHECK_INT(fd_read(pipefd[0], 10000, &text, &len), ==, 0);
	CHECK_INT(len, ==, 10000);
	CHECK_INT(strlen(text), ==, 10000);
	CHECK_INT(fd_read(pipefd[0], 0, &more, NULL), ==, 0);
	CHECK_STR(more, "");
	close(pipefd[0]);

	CHECK(pipe2(pipefd, O_CLOEXEC) == 0);
	CHECK_INT(write(pipefd[1], "abc", 3), ==, 3);
	close(pipefd[1]);
	CHECK_INT(fd_read(pipefd[0], 2, &text, &len), ==, -EFBIG);
	close(pipefd[0]);
	CHECK_INT(len, ==, 10000);
}

TEST(a_message_may_quote_the_one_it_replaces)
{
	_cleanup_error_ struct error e = ERROR_NONE;

	errno = EAGAIN;
	CHECK_INT(fail(&e, -ENOENT, "%s: %m", "first"), ==, -ENOENT);
	CHECK_STR(error_text(&e), "first: No such file or directory");
	CHECK_INT(fail(&e, -EIO, "then (%s)", error_text(&e)), ==, -EIO);
	CHECK_STR(error_text(&e), "then (first: No such file or directory)");
	CHECK_INT(fail_prefix(&e, "at %d", 7), ==, -EIO);
	CHECK_STR(error_text(&e), "at 7: then (first: No such file or directory)");
	CHECK_INT(errno, ==, EAGAIN);
}

CHECK_MAIN()
