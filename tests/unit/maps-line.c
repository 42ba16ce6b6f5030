/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The parser of /proc/PID/maps: lines as kernels write them, lines that are not of that form, and this process's own. */

#include "check.h"

#include "basic/cleanup.h"
#include "basic/mangled.h"
#include "basic/maps-line.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct span span_of(const char *text)
{
	return (struct span){ text, text + strlen(text) };
}

/* Formats everything that was parsed: "START-END RIGHTS MAJOR:MINOR INODE FLAGS|NAME". */
static const char *parsed(struct span line)
{
	static char text[512];
	struct mapping m;
	struct span name;

	if (!maps_line_parse(line, &m, &name))
		return "no line";
	(void)snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64 " %s %x:%x %" PRIu64 " %s%s%s%s%s|%.*s", m.start,
		       m.end, m.rights, major(m.device), minor(m.device), m.inode, m.is_writable ? "w" : "",
		       m.is_exec ? "x" : "", m.is_private ? "p" : "", m.is_heap ? "h" : "",
		       m.is_private_anonymous ? "a" : "", (int)(name.end - name.p), name.p);
	return text;
}

TEST(valid_lines_are_parsed_completely)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "00400000-00401000 r--p 00000000 fe:01 17                                 /opt/a b",
		  "400000-401000 r--p fe:1 17 p|/opt/a b" },
		{ "7f00-8000 rw-p 00000000 00:00 0 ", "7f00-8000 rw-p 0:0 0 wpa|" },
		{ "7f00-8000 rw-p 00000000 00:00 0", "7f00-8000 rw-p 0:0 0 wpa|" },
		{ "7f00-8000 rw-s 00000000 00:00 0 ", "7f00-8000 rw-s 0:0 0 w|" },
		{ "7f00-8000 rwxp 00000000 00:00 0          [heap]", "7f00-8000 rwxp 0:0 0 wxph|[heap]" },
		{ "7f00-8000 rw-p 00000000 00:00 0          [heap]s", "7f00-8000 rw-p 0:0 0 wp|[heap]s" },
		{ "7f00-8000 rw-p 00000000 00:00 0          [stack]", "7f00-8000 rw-p 0:0 0 wp|[stack]" },
		{ "7f00-8000 rw-p 00000000 00:00 0          [anon: my rows]", "7f00-8000 rw-p 0:0 0 wpa|[anon: my rows]" },
		{ "7f00-8000 rw-p 00000000 00:00 0          [anon:]", "7f00-8000 rw-p 0:0 0 wpa|[anon:]" },
		{ "7f00-8000 rw-p 00000000 00:00 0          [anon", "7f00-8000 rw-p 0:0 0 wp|[anon" },
		{ "7f00-8000 rw-s 00000000 00:01 9          [anon_shmem:x]", "7f00-8000 rw-s 0:1 9 w|[anon_shmem:x]" },
		{ "7f00-8000 rw-p 00000000 00:0f 9          [anon:x]", "7f00-8000 rw-p 0:f 9 wp|[anon:x]" },
		{ "7f00-8000 r-xp 00000000 08:02 1          /a\\012b\\040 (deleted)",
		  "7f00-8000 r-xp 8:2 1 xp|/a\\012b\\040 (deleted)" },
		{ "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
		  "ffffffffff600000-ffffffffff601000 --xp 0:0 0 xp|[vsyscall]" },
		{ "0-ffffffffffffffff ---p ffffffffffffffff fff:fffff 18446744073709551615 ",
		  "0-ffffffffffffffff ---p fff:fffff 18446744073709551615 p|" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_STR(parsed(span_of(cases[i].line)), cases[i].want);
}

TEST(invalid_lines_are_refused)
{
	static const char *const lines[] = {
		"",
		" ",
		"7f00",
		"7f00-",
		"7f00-8000",
		"7f00-8000 ",
		" 7f00-8000 rw-p 0 00:00 0 ",
		"-8000 rw-p 0 00:00 0 ",
		"7f00 8000 rw-p 0 00:00 0 ",
		"7f00--8000 rw-p 0 00:00 0 ",
		"0x7f00-8000 rw-p 0 00:00 0 ",
		"7F00-8000 rw-p 0 00:00 0 ",
		"8000-8000 rw-p 0 00:00 0 ", /* empty */
		"8000-7f00 rw-p 0 00:00 0 ",
		"7f00-10000000000000000 rw-p 0 00:00 0 ", /* over 64 bits */
		"10000000000000000-8000 rw-p 0 00:00 0 ",
		"7f00-8000 rw- 0 00:00 0 ",
		"7f00-8000 rw-pp 0 00:00 0 ",
		"7f00-8000 wr-p 0 00:00 0 ",
		"7f00-8000 rw-- 0 00:00 0 ",
		"7f00-8000 rw-p",
		"7f00-8000 rw-p 0",
		"7f00-8000 rw-p  0 00:00 0 ",
		"7f00-8000 rw-p g 00:00 0 ",
		"7f00-8000 rw-p 10000000000000000 00:00 0 ",
		"7f00-8000 rw-p 0 00 0 ",
		"7f00-8000 rw-p 0 00: 0 ",
		"7f00-8000 rw-p 0 100000000:00 0 ", /* over 32 bits */
		"7f00-8000 rw-p 0 00:100000000 0 ",
		"7f00-8000 rw-p 0 00:00",
		"7f00-8000 rw-p 0 00:00 ",
		"7f00-8000 rw-p 0 00:00 -1 ",
		"7f00-8000 rw-p 0 00:00 a ",
		"7f00-8000 rw-p 0 00:00 0/x",
		"7f00-8000 rw-p 0 00:00 18446744073709551616 ",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (strcmp(parsed(span_of(lines[i])), "no line") != 0)
			CHECK_FAIL("\"%s\" is accepted as a line", lines[i]);
}

/* A truncated line is refused or has a shorter name; nothing beyond its end is read (valgrind and ASan check that). */
TEST(truncated_lines_are_refused_or_have_a_shorter_name)
{
	static const char line[] = "7f00-8000 rw-p 00000000 00:00 0          [anon:x]";

	for (size_t n = 0; n < strlen(line); n++) {
		_cleanup_free_ char *copy = malloc(n ? n : 1);
		struct mapping m = { .start = 1 };
		struct span name = { line, line };
		bool good;

		CHECK(copy);
		memcpy(copy, line, n);
		good = maps_line_parse((struct span){ copy, copy + n }, &m, &name);
		CHECK_INT(good, ==, n > strlen("7f00-8000 rw-p 00000000 00:00 "));
		CHECK_INT(m.start, ==, good ? 0x7f00 : 1);
		CHECK_INT(name.p == line, ==, !good);
	}
}

TEST(a_line_with_a_null_byte_is_refused)
{
	static const char name[] = "7f00-8000 rw-p 0 00:00 0 /a\0b", rights[] = "7f00-8000 rw\0p 0 00:00 0 ";

	CHECK_STR(parsed((struct span){ name, name + sizeof(name) - 1 }), "no line");
	CHECK_STR(parsed((struct span){ rights, rights + sizeof(rights) - 1 }), "no line");
}

TEST(parsing_keeps_errno)
{
	errno = E2BIG;
	(void)parsed(span_of("7f00-80000000000000000000 rw-p 0 00:00 0 "));
	CHECK_INT(errno, ==, E2BIG);
}

TEST(unmangle_decodes_only_the_given_escapes)
{
	static const struct {
		const char *name, *escaped, *want;
	} cases[] = {
		{ "/a\\012b", "\n", "/a\nb" },          { "/a\\040b", "\n", "/a\\040b" },
		{ "/a\\040b\\075", "\n\t= ", "/a b=" }, { "/a\\000", "\n", "/a\\000" },
		{ "/a\\412", "\n", "/a\\412" },         { "/a\\018", "\n", "/a\\018" },
		{ "/a\\01", "\n", "/a\\01" },           { "\\", "\n", "\\" },
		{ "/a\\\\012", "\n", "/a\\\n" },        { "", "\n", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_free_ char *name = unmangle(span_of(cases[i].name), cases[i].escaped);

		CHECK_STR(name, cases[i].want);
	}
}

/* Finds the mapping in /proc/self/maps of the running kernel. */
static bool find(const void *p, struct mapping *ret, char **ret_name)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f = fopen("/proc/self/maps", "re");

	for (ssize_t n; f && !found && (n = getline(&line, &size, f)) > 0;) {
		struct span text = { line, line + n }, name;

		if (!maps_line_parse(span_next_line(&text), ret, &name))
			break;
		found = ret->start <= (uintptr_t)p && (uintptr_t)p < ret->end;
		if (found)
			*ret_name = unmangle(name, "\n");
	}
	if (f)
		(void)fclose(f);
	return found;
}

TEST(a_file_with_a_newline_in_its_name_is_found)
{
	char path[] = "/tmp/one\ntwo  three XXXXXX";
	_cleanup_free_ char *name = NULL;
	int fd = mkstemp(path);
	struct mapping m;
	struct stat st;
	void *p;

	CHECK(fd >= 0 && ftruncate(fd, 4096) == 0 && fstat(fd, &st) == 0);
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED && find(p, &m, &name));
	(void)unlink(path);
	close(fd);
	CHECK_STR(name, path);
	CHECK_STR(m.rights, "r--s");
	CHECK_INT(m.inode, ==, st.st_ino);
	/* File systems with several devices (overlayfs, btrfs) show a device here that differs from fstat(2). */
	CHECK(m.device != 0 && !m.is_private && !m.is_private_anonymous && !m.is_heap);
}

TEST(mappings_of_this_process_have_the_right_kind)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *brk = sbrk(4096);
	_cleanup_free_ char *anon = NULL, *heap = NULL, *stack = NULL, *code = NULL;
	struct mapping m;

	CHECK(p != MAP_FAILED && find(p, &m, &anon) && m.is_private_anonymous && m.is_writable && !m.is_heap);
	CHECK(find(brk, &m, &heap) && m.is_heap && !m.is_private_anonymous);
	CHECK(find(&m, &m, &stack) && !m.is_private_anonymous && !m.is_heap && m.inode == 0);
	CHECK(find((void *)(uintptr_t)find, &m, &code) && m.is_exec && m.inode != 0 && *code == '/');
}

CHECK_MAIN()
