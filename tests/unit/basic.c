/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The small helpers of src/basic: strings, numbers, sizes, errors, whole reads, sets of ranges. */

#include "basic/error.h"
#include "basic/fd.h"
#include "basic/idset.h"
#include "basic/printable.h"
#include "basic/strutil.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

TEST(parse_range_reads_ranges_and_refuses_the_rest)
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

TEST(parse_size_reads_binary_units_and_refuses_the_rest)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "4096B", 0, 4096 },
		{ "64K", 0, 65536 },
		{ "64k", 0, 65536 },
		{ "64KB", 0, 65536 },
		{ "64KiB", 0, 65536 },
		{ "64kib", 0, 65536 },
		{ "1M", 0, 1048576 },
		{ "1Mi", 0, 1048576 },
		{ "1MiB", 0, 1048576 },
		{ "1.5M", 0, 1572864 },
		{ "0.5G", 0, 536870912 },
		{ "1.0T", 0, 1099511627776 },
		{ "1.3K", 0, 1331 }, /* rounded down */
		{ "0.000000000000001P", 0, 1 },
		{ "16383P", 0, 16383ULL << 50 },
		{ "16383.999999999999999P", 0, (16383ULL << 50) + (1ULL << 50) - 2 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "16384P", -ERANGE },
		{ "16384.0P", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "", -EINVAL },
		{ "K", -EINVAL },
		{ "iB", -EINVAL },
		{ "1X", -EINVAL },
		{ "1iB", -EINVAL },
		{ "1MB/s", -EINVAL },
		{ "1MM", -EINVAL },
		{ "1 M", -EINVAL },
		{ " 1M", -EINVAL },
		{ "-1M", -EINVAL },
		{ "+1M", -EINVAL },
		{ "1.5", -EINVAL }, /* no fraction of a byte */
		{ "1.5B", -EINVAL },
		{ "1.M", -EINVAL },
		{ ".5M", -EINVAL },
		{ "1.5.5M", -EINVAL },
		{ "1,5M", -EINVAL },
		{ "1e3", -EINVAL },
		{ "0x10", -EINVAL },
		{ "1.0000000000000000M", -EINVAL },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		uint64_t bytes = 42;

		if (parse_size(cases[i].text, &bytes) != cases[i].r)
			CHECK_FAIL("\"%s\"", cases[i].text);
		if (bytes != (cases[i].r == 0 ? cases[i].bytes : 42))
			CHECK_FAIL("\"%s\" is %" PRIu64, cases[i].text, bytes);
	}
}

TEST(printable_escapes_control_characters_and_invalid_utf8)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "", "" },
		{ "plain ~ text", "plain ~ text" },
		{ "my\\x2dapp.slice", "my\\x2dapp.slice" },
		{ "\x1b[2J\a", "\\x1b[2J\\x07" },
		{ "a\nb\tc\rd\x7f", "a\\x0ab\\x09c\\x0dd\\x7f" },
		{ "b\xc3\xa4"
		  "d \xe4\xb8\xad \xf0\x9f\x98\x80",
		  "b\xc3\xa4"
		  "d \xe4\xb8\xad \xf0\x9f\x98\x80" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* CSI as one character */
		{ "\x9b"
		  "31m",
		  "\\x9b31m" }, /* and as one byte */
		{ "\xe2\x80\xae"
		  "exe",
		  "\\xe2\\x80\\xaeexe" },     /* right-to-left override */
		{ "\xc0\x9b", "\\xc0\\x9b" }, /* overlong */
		{ "\xe0\x80\x9b", "\\xe0\\x80\\x9b" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* half of a surrogate pair */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* beyond the last code point */
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xe4\xb8", "\\xe4\\xb8" }, /* cut off */
		{ "\xe4\x1b\xb8", "\\xe4\\x1b\\xb8" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *shown = printable(cases[i].text), *again = printable(shown);

		CHECK_STR(shown, cases[i].shown);
		CHECK_STR(again, cases[i].shown);
	}
}

TEST(error_messages_escape_control_characters)
{
	_cleanup_error_ struct error e = ERROR_NONE;

	CHECK_INT(fail(&e, -EINVAL, "unknown verb \"%s\"", "\x1b]0;x\a"), ==, -EINVAL);
	CHECK_STR(error_text(&e), "unknown verb \"\\x1b]0;x\\x07\"");
	CHECK_INT(fail_prefix(&e, -EINVAL, "b\xc3\xa4\n"), ==, -EINVAL);
	CHECK_STR(error_text(&e), "b\xc3\xa4\\x0a: unknown verb \"\\x1b]0;x\\x07\"");
}

TEST(path_compare_orders_a_parent_before_its_children)
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

TEST(idset_parse_refuses_unordered_and_open_ranges)
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

TEST(idset_minus_removes_the_second_set)
{
	static const char *const cases[][3] = {
		{ "", "0-3", "" },
		{ "0-3", "", "0-3" },
		{ "0-7", "2-3,5", "0-1,4,6-7" },
		{ "0-3,8-9", "3-8", "0-2,9" },
		{ "4-5", "0-9", "" },
		{ "1,3,5", "3", "1,5" },
		{ "0-7", "7", "0-6" },
		{ "0-7", "0", "1-7" },
		{ "2-3", "0-1,4", "2-3" },
	};

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_idset_ struct idset a = IDSET_NONE, b = IDSET_NONE, rest = IDSET_NONE;
		_cleanup_free_ char *text = NULL;

		CHECK_INT(idset_parse(cases[i][0], &a), ==, 0);
		CHECK_INT(idset_parse(cases[i][1], &b), ==, 0);
		CHECK_INT(idset_minus(&a, &b, &rest), ==, 0);
		text = idset_format(&rest);
		CHECK_STR(text, cases[i][2]);
	}
}

TEST(fd_read_reads_everything_or_refuses_what_is_too_large)
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

TEST(an_error_message_may_quote_the_one_it_replaces)
{
	_cleanup_error_ struct error e = ERROR_NONE;

	errno = EAGAIN;
	CHECK_INT(fail(&e, -ENOENT, "%s: %m", "first"), ==, -ENOENT);
	CHECK_STR(error_text(&e), "first: No such file or directory");
	CHECK_INT(fail(&e, -EIO, "then (%s)", error_text(&e)), ==, -EIO);
	CHECK_STR(error_text(&e), "then (first: No such file or directory)");
	CHECK_INT(fail_prefix(&e, -EIO, "at %d", 7), ==, -EIO);
	CHECK_INT(fail_prefix(NULL, -EIO, "at %d", 7), ==, -EIO);
	CHECK_STR(error_text(&e), "at 7: then (first: No such file or directory)");
	CHECK_INT(errno, ==, EAGAIN);
}

CHECK_MAIN()
