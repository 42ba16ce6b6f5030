/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The parsers of numa_maps, maps and memory.numa_stat, with lines as the kernel writes them. */

#include "check.h"

#include "tree.h"

#include "basic/array.h"
#include "basic/strutil.h"
#include "libcdm/kernel/numa-maps.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>

#define TREE "tests/fixtures/trees/acpi-online"

struct vmas {
	struct vma *v;
	size_t n;
};
#define VMAS_NONE ((struct vmas){ 0 })

static void vmas_free(struct vmas *vmas)
{
	for (size_t i = 0; i < vmas->n; i++)
		vma_done(&vmas->v[i]);
	free(vmas->v);
}
#define _cleanup_vmas_ _cleanup_(vmas_free)

static struct span span_of(const char *text)
{
	return (struct span){ text, text + strlen(text) };
}

/* Parses the lines of a numa_maps one by one. */
static int parse(const char *text, struct vmas *ret)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy;
	int r = 0;

	for (char *line; r >= 0 && (line = strsep(&rest, "\n")) && (rest || *line);) {
		r = numa_maps_line(span_of(line), GROW(ret->v, ret->n));
		ret->n -= r < 0;
	}
	return r;
}

static int read_all(struct vma_stream *s, struct vmas *ret, struct error *err)
{
	int r = 1;

	while (r > 0) {
		struct vma vma = VMA_NONE;

		r = vma_stream_next(s, &vma, err);
		if (r > 0)
			*GROW(ret->v, ret->n) = vma;
	}
	return r;
}

/* Reads the VMAs of process 7 from a tree with these two files. */
static int stream(const char *numa_maps, const char *maps, struct vmas *ret, struct error *err)
{
	_cleanup_tree_ struct tree tree = tree_new();
	_cleanup_vma_stream_ struct vma_stream *s = NULL;
	const struct root root = { .fd = tree.fd };
	int r;

	tree_put(&tree, "/proc/7/comm", "x\n");
	tree_put(&tree, "/proc/7/numa_maps", numa_maps);
	tree_put(&tree, "/proc/7/maps", maps);
	r = vma_stream_of_pid(&root, 7, &s, err);
	if (r < 0)
		return r;
	vma_stream_judge_all(s);
	return read_all(s, ret, err);
}

TEST(numa_maps_lines_are_parsed_completely)
{
	static const char text[] =
		"560000000000 default file=/usr/bin/cat mapped=6 active=0 N0=6 kernelpagesize_kB=4\n"
		"560000010000 default\n"
		"560000020000 default heap anon=4 dirty=4 N0=3 N1=1 kernelpagesize_kB=4\n"
		"7f0000000000 prefer (many)=static:1 anon=8 dirty=8 active=0 N1=7 N255=1 kernelpagesize_kB=4\n"
		"7f0000400000 bind=static:1-2 file=/anon_hugepage\\040(deleted) huge anon=2 dirty=2 N1=2 kernelpagesize_kB=2048\n"
		"7f0000c00000 default file=/dev/shm/x mapped=1 N1023=1 kernelpagesize_kB=4\n"
		"7ffc00000000 weighted interleave:0-1 stack anon=2 dirty=2 N0=2 kernelpagesize_kB=4"; /* no newline */
	static const struct {
		uint64_t start;
		const char *policy, *name, *what;
		uint64_t page_size;
		size_t n_on;
	} want[] = {
		{ 0x560000000000, "default", "/usr/bin/cat", "file", 4096, 1 },
		{ 0x560000010000, "default", NULL, "anon", 0, 0 },
		{ 0x560000020000, "default", NULL, "heap", 4096, 2 },
		{ 0x7f0000000000, "prefer (many)=static:1", NULL, "anon", 4096, 2 },
		{ 0x7f0000400000, "bind=static:1-2", "/anon_hugepage (deleted)", "huge", 2097152, 1 },
		{ 0x7f0000c00000, "default", "/dev/shm/x", "shm", 4096, 1 },
		{ 0x7ffc00000000, "weighted interleave:0-1", NULL, "stack", 4096, 1 },
	};
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	struct nodeset one = nodeset_of(1), far = nodeset_of(255);

	CHECK_INT(parse(text, &vmas), ==, 0);
	CHECK_INT(vmas.n, ==, ELEMENTSOF(want));
	nodeset_add(&far, 1023);
	for (size_t i = 0; i < vmas.n; i++) {
		const struct vma *v = &vmas.v[i];

		CHECK_INT(v->start, ==, want[i].start);
		CHECK_INT(v->end, ==, 0);
		CHECK_STR(v->policy, want[i].policy);
		CHECK_STR(v->name ? v->name : "(none)", want[i].name ? want[i].name : "(none)");
		CHECK_STR(vma_what_name(v->what), want[i].what);
		CHECK_INT(v->page_size, ==, want[i].page_size);
		CHECK_INT(v->n_on, ==, want[i].n_on);
	}
	CHECK_INT(vma_pages_on(&vmas.v[2], &one), ==, 1);
	CHECK_INT(vma_pages_on(&vmas.v[3], &far), ==, 1);
	CHECK_INT(vma_pages_on(&vmas.v[4], &one), ==, 2);
	vma_to_base_pages(&vmas.v[4], 4096);
	CHECK_INT(vma_pages_on(&vmas.v[4], &one), ==, 2 * 512);
	CHECK_INT(vma_pages_on(&vmas.v[5], &far), ==, 1);
}

TEST(the_base_page_size_of_a_captured_tree_is_read_from_numa_maps)
{
	static const char text[] =
		"10000000 default huge anon=1 N1=1 kernelpagesize_kB=2048\n"
		"20000000 default anon=1 N1=1 kernelpagesize_kB=64\n";
	static const char maps[] =
		"10000000-10200000 rw-p 00000000 00:0f 7 /anon_hugepage (deleted)\n"
		"20000000-20010000 rw-p 00000000 00:00 0 \n";
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	struct nodeset one = nodeset_of(1);

	CHECK_INT(stream(text, maps, &vmas, NULL), ==, 0);
	CHECK_INT(vma_pages_on(&vmas.v[0], &one), ==, 32);
	CHECK_INT(vma_pages_on(&vmas.v[1], &one), ==, 1);
}

/* seq_path() escapes blanks, '=' and newlines in names; all other bytes are unchanged. */
TEST(escaped_names_are_decoded)
{
	static const struct {
		const char *shown, *name;
	} names[] = {
		{ "/tmp/a\\040N1\\0755\\040heap", "/tmp/a N1=5 heap" },
		{ "/tmp/two\\012lines\\012\\0117f00\\040default", "/tmp/two\nlines\n\t7f00 default" },
		{ "/tmp/back\\slash\\", "/tmp/back\\slash\\" },
		{ "/tmp/\\0401", "/tmp/ 1" },
		{ "/tmp/\\04", "/tmp/\\04" },
		{ "/tmp/\\000\\101\\777\\48x", "/tmp/\\000\\101\\777\\48x" }, /* the kernel does not escape these */
		{ "/tmp/\x1b[31m\xff", "/tmp/\x1b[31m\xff" },
		{ "huge", "huge" },
		{ "stack:1", "stack:1" },
		{ "", "" },
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
		_cleanup_free_ char *text = NULL;

		CHECK(asprintf(&text, "1000 default file=%s mapped=1 N0=1 kernelpagesize_kB=4\n2000 default\n",
			       names[i].shown) > 0);
		CHECK_INT(parse(text, &vmas), ==, 0);
		CHECK_INT(vmas.n, ==, 2);
		CHECK_STR(vmas.v[0].name, names[i].name);
		CHECK_STR(vma_what_name(vmas.v[0].what), "file");
		CHECK_INT(vmas.v[0].n_on, ==, 1);
		CHECK(vmas.v[0].on[0].node == 0 && vmas.v[0].on[0].pages == 1);
	}
}

TEST(an_invalid_numa_maps_is_refused)
{
	static const char *const texts[] = {
		"\n",
		"1000",
		"1000 ",
		"1000\n",
		"x000 default\n",
		" 1000 default\n",
		"1000  file=/x\n",
		"-1 default\n",
		"11112222333344445 default\n", /* 17 digits */
		"1000 default N1024=1\n",
		"1000 default N=1\n",
		"1000 default N1\n",
		"1000 default N1=\n",
		"1000 default N1=x\n",
		"1000 default N1=1x\n",
		"1000 default N1=99999999999999999999\n",
		"1000 default kernelpagesize_kB=0\n",
		"1000 default kernelpagesize_kB=4k\n",
		"1000 default kernelpagesize_kB=18446744073709551615\n",
		"1000 default\n\n2000 default\n",
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_vmas_ struct vmas vmas = VMAS_NONE, streamed = VMAS_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;

		printf("# text %zu\n", i);
		CHECK_INT(parse(texts[i], &vmas), ==, -EINVAL);
		CHECK_INT(stream(texts[i], "1000-2000 rw-p 00000000 00:00 0 \n", &streamed, &err), ==, -EINVAL);
		CHECK_STR(error_text(&err), "/proc/7/numa_maps: Invalid argument");
	}
	_cleanup_vmas_ struct vmas none = VMAS_NONE;
	CHECK_INT(stream("", "", &none, NULL), ==, 0);
	CHECK_INT(none.n, ==, 0);
}

TEST(ends_and_names_of_vmas_come_from_maps)
{
	static const char numa_maps[] =
		"1000 default file=/bin/a\\040b N1=1 kernelpagesize_kB=4\n"
		"3000 default file=/bin/a\\040b N1=1 kernelpagesize_kB=4\n"
		"4000 default file=/bin/a\\040b N1=1 kernelpagesize_kB=4\n"
		"6000 default heap\n"
		"8000 default anon=1 N0=1 kernelpagesize_kB=4\n"
		"9000 bind:1 anon=1 N1=1 kernelpagesize_kB=4\n"
		"b800 default anon=3 N0=1 N1=2 kernelpagesize_kB=4\n"
		"c000 default\n"
		"d000 default\n"
		"e000 default file=/lib/x\n"
		"f000 default stack\n";
	static const char maps[] =
		"1000-3000 r-xp 00000000 00:16 494205                     /bin/a b\n"
		"3000-4000 r--p 00000000 00:16 494205                     /bin/a b\n"
		"4000-5000 rw-p 00000000 00:16 494205                     /bin/a b (deleted)\n"
		"6000-8000 rw-p 00000000 00:00 0                          [heap]\n"
		/* 8000 and 9000 have been merged since; c000 is gone, and b800, which had three pages, too */
		"8000-a000 rw-p 00000000 00:00 0 \n"
		"d000-e000 rw-p 00000000 00:00 0                          [anon: a name]\n"
		"e000-f000 rw-s 00000000 00:16 9                          /lib/x\\012y\\040\n"
		"f000-10000 rw-p 00000000 00:00 0                         [stack]\n";
	static const struct {
		uint64_t start, end;
		const char *name, *what;
	} want[] = {
		{ 0x1000, 0x3000, "/bin/a b", "text" },
		{ 0x3000, 0x4000, "/bin/a b", "file" },
		{ 0x4000, 0x5000, "/bin/a b (deleted)", "data" },
		{ 0x6000, 0x8000, "(none)", "heap" },
		{ 0x8000, 0x9000, "(none)", "anon" },
		{ 0x9000, 0xa000, "(none)", "anon" },
		{ 0xb800, 0xc000, "(none)", "anon" },
		{ 0xd000, 0xe000, "[anon: a name]", "anon" },
		{ 0xe000, 0xf000, "/lib/x\ny\\040", "file" },
		{ 0xf000, 0x10000, "(none)", "stack" },
	};
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;

	CHECK_INT(stream(numa_maps, maps, &vmas, NULL), ==, 0);
	CHECK_INT(vmas.n, ==, ELEMENTSOF(want));
	for (size_t i = 0; i < vmas.n; i++) {
		CHECK_INT(vmas.v[i].start, ==, want[i].start);
		CHECK_INT(vmas.v[i].end, ==, want[i].end);
		CHECK_STR(vmas.v[i].name ? vmas.v[i].name : "(none)", want[i].name);
		CHECK_STR(vma_what_name(vmas.v[i].what), want[i].what);
	}
}

TEST(an_invalid_maps_is_refused)
{
	static const char *const texts[] = { "\n",          "1000\n",          "1000-\n",
					     "1000-2000\n", "1000-2000 rwx\n", "1000-2000 rwxp 0 0\n" };

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
		_cleanup_error_ struct error err = ERROR_NONE;

		CHECK_INT(stream("1000 default\n", texts[i], &vmas, &err), ==, -EINVAL);
		CHECK_STR(error_text(&err), "/proc/7/maps: Invalid argument");
	}
}

/* A VMA that grew or was merged during the read is shown again: each line is counted. */
TEST(vmas_that_are_shown_twice_are_both_counted)
{
	static const char numa_maps[] =
		"1000 default anon=1 N1=1 kernelpagesize_kB=4\n"
		"1000 default anon=2 N1=2 kernelpagesize_kB=4\n"
		"0800 default anon=3 N1=3 kernelpagesize_kB=4\n"
		"3000 default anon=1 N1=1 kernelpagesize_kB=4\n";
	static const char maps[] =
		"1000-3000 rw-p 00000000 00:00 0 \n"
		"3000-4000 rw-p 00000000 00:00 0 \n";
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	struct nodeset one = nodeset_of(1);
	uint64_t pages = 0;

	CHECK_INT(stream(numa_maps, maps, &vmas, NULL), ==, 0);
	CHECK_INT(vmas.n, ==, 4);
	for (size_t i = 0; i < vmas.n; i++) {
		CHECK_INT(vmas.v[i].end, >, vmas.v[i].start);
		pages += vma_pages_on(&vmas.v[i], &one);
	}
	CHECK_INT(pages, ==, 7);
}

/* Returns a line of numa_maps whose name has this many bytes, followed by another line. */
static char *long_line(size_t name)
{
	char *text = NULL;

	return asprintf(&text,
			"1000 default file=/%0*d N1=1 kernelpagesize_kB=4\n"
			"2000 default anon=5 N1=5 kernelpagesize_kB=4\n",
			(int)name - 1, 0) > 0 ?
		       text :
		       NULL;
}

TEST(a_line_longer_than_the_limit_is_refused)
{
	static const char maps[] =
		"1000-2000 rw-p 00000000 00:16 1 /x\n"
		"2000-7000 rw-p 00000000 00:00 0 \n";
	const size_t rest = strlen("1000 default file= N1=1 kernelpagesize_kB=4");
	_cleanup_free_ char *fits = long_line(VMA_LINE_MAX - rest), *over = long_line(VMA_LINE_MAX - rest + 1);
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE, none = VMAS_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	CHECK_INT(stream(fits, maps, &vmas, &err), ==, 0);
	CHECK_INT(vmas.n, ==, 2);
	CHECK_INT(vmas.v[1].on->pages, ==, 5);
	CHECK_INT(stream(over, maps, &none, &err), ==, -EFBIG);
	CHECK_STR(error_text(&err), "/proc/7/numa_maps: a line is longer than 64K, the limit for a mapping with its path");
	CHECK_INT(none.n, ==, 0);
}

/* More VMAs than one buffer holds: none is lost between two reads. */
TEST(many_vmas_are_read_completely)
{
	_cleanup_free_ char *numa_maps = NULL, *maps = NULL;
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	size_t a, b;
	FILE *f = open_memstream(&numa_maps, &a), *g = open_memstream(&maps, &b);
	struct nodeset one = nodeset_of(1);
	uint64_t pages = 0;

	for (uint64_t i = 0; i < 20000; i++) {
		fprintf(f, "%" PRIx64 " bind:1 file=/%0*d N1=%" PRIu64 " kernelpagesize_kB=4\n", i << 20,
			(int)(i % 97) + 1, 0, i);
		fprintf(g, "%" PRIx64 "-%" PRIx64 " rw-s 00000000 00:16 1 /%0*d\n", i << 20, (i + 1) << 20,
			(int)(i % 89) + 1, 0);
	}
	CHECK(fclose(f) == 0 && fclose(g) == 0);
	CHECK_INT(stream(numa_maps, maps, &vmas, NULL), ==, 0);
	CHECK_INT(vmas.n, ==, 20000);
	for (uint64_t i = 0; i < vmas.n; i++) {
		CHECK(vmas.v[i].start == i << 20 && vmas.v[i].end == (i + 1) << 20 && !vmas.v[i].is_tasks);
		CHECK_INT(strlen(vmas.v[i].name), ==, i % 89 + 2);
		pages += vma_pages_on(&vmas.v[i], &one);
	}
	CHECK_INT(pages, ==, 20000ULL * 19999 / 2);
}

TEST(vma_policy_names_finds_nodes_in_a_policy)
{
	static const struct {
		const char *policy;
		bool names; /* it names node 1 or 2 */
	} cases[] = {
		{ "default", false },
		{ "local", false },
		{ "bind:0", false },
		{ "bind:1", true },
		{ "bind=static:1-2", true },
		{ "prefer:2", true },
		{ "prefer=static:3", false },
		{ "prefer (many)=static:1", true },
		{ "interleave=relative:0-255", true },
		{ "weighted interleave:1", true },
		{ "weighted interleave=static:0,3-5", false },
		{ "bind=static|balancing:2", true },
		{ "bind=static", false }, /* a policy that lost all its nodes */
		{ "bind:", false },
		{ "bind:x", false },
		{ "bind:12", false },
		/* Truncated at 63 characters: the last number may have been 1000. */
		{ "weighted interleave=static:4,6,8,9,12,14,16,18,20,22,24,26,28,1", false },
		{ "weighted interleave=static:1,6,8,9,12,14,16,18,20,22,24,26,28,3", true },
	};
	struct nodeset device = nodeset_of(1);

	nodeset_add(&device, 2);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct vma vma = { .policy = (char *)cases[i].policy };

		printf("# %s\n", cases[i].policy);
		CHECK_INT(vma_policy_names(&vma, &device), ==, cases[i].names);
	}
}

TEST(vma_is_bound_only_by_a_static_policy_of_the_range)
{
	static const struct {
		const char *policy;
		bool is_tasks, bound;
	} cases[] = {
		{ "default", true, false },
		{ "default", false, false },
		{ "bind=static:0", true, false },
		{ "bind=static:1", false, true },
		{ "prefer (many)=static:1-2", false, true },
		{ "weighted interleave=static:2", false, true },
		{ "bind=static:1", true, false }, /* the program's set_mempolicy(2) */
		{ "interleave=static:1-2", true, false },
		{ "interleave:1-2", false, false }, /* the program's mbind(2) */
		{ "bind:1", false, false },
		{ "interleave=static:0-1", false, false }, /* node 0 is no device node */
		{ "bind=static:3", false, false },
		{ "bind=static", false, false },
	};
	struct nodeset device = nodeset_of(1);

	nodeset_add(&device, 2);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct vma vma = { .policy = (char *)cases[i].policy, .is_tasks = cases[i].is_tasks };

		printf("# %s\n", cases[i].policy);
		CHECK_INT(vma_is_bound(&vma, &device), ==, cases[i].bound);
	}
}

TEST(the_task_policy_is_taken_from_the_vdso)
{
	static const char numa_maps[] =
		"1000 bind=static:1 file=/usr/bin/x mapped=1 N1=1\n"
		"4000 prefer=static:1 anon=1 N1=1\n"
		"8000 default\n"
		"9000 bind=static:1\n";
	static const char maps[] =
		"1000-2000 r-xp 00000000 00:00 1 /usr/bin/x\n"
		"4000-5000 rw-p 00000000 00:00 0 \n"
		"8000-9000 rw-p 00000000 00:00 0 \n"
		"9000-a000 r-xp 00000000 00:00 0 [vdso]\n";
	_cleanup_vmas_ struct vmas with = VMAS_NONE, without = VMAS_NONE;
	_cleanup_free_ char *no_vdso = strndup(maps, (size_t)(strstr(maps, "9000-a") - maps));

	CHECK_INT(stream(numa_maps, maps, &with, NULL), ==, 0);
	CHECK_INT(with.n, ==, 4);
	/* The kernel shows no VMA as "default" while the task has another policy. */
	CHECK(with.v[0].is_tasks && !with.v[1].is_tasks && with.v[2].is_tasks && with.v[3].is_tasks);
	/* Without a vDSO (vdso=0), the task is assumed to have no policy. */
	CHECK_INT(stream(numa_maps, no_vdso, &without, NULL), ==, 0);
	CHECK_INT(without.n, ==, 3);
	CHECK(!without.v[0].is_tasks && !without.v[1].is_tasks && without.v[2].is_tasks);
}

/*
 * A captured program started under numactl --membind=1: its own pages are on node 1, libc's shared pages where they
 * were before.
 */
TEST(pages_of_a_captured_process_are_counted_per_node)
{
	_cleanup_vma_stream_ struct vma_stream *s = NULL;
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct nodeset device = nodeset_of(1), system = nodeset_of(0);
	uint64_t stack = 0, text = 0, pages = 0, streamed = 0;

	CHECK_INT(root_open(TREE, &root, &err), ==, 0);
	CHECK_INT(process_pages_on(&root, 394, &device, &pages, &err), ==, 0);
	CHECK_INT(pages, ==, 46);
	CHECK_INT(process_pages_on(&root, 394, &system, &pages, &err), ==, 0);
	CHECK_INT(pages, >, 0);
	CHECK_INT(vma_stream_of_pid(&root, 394, &s, &err), ==, 0);
	CHECK_INT(read_all(s, &vmas, &err), ==, 0);
	for (size_t i = 0; i < vmas.n; i++) {
		const struct vma *v = &vmas.v[i];

		CHECK_INT(v->end, >, v->start);
		CHECK(vma_policy_names(v, &device) && !vma_policy_names(v, &system));
		stack += v->what == VMA_STACK;
		streamed += vma_pages_on(v, &device);
		if (v->what == VMA_TEXT && v->name && strcmp(v->name, "/usr/bin/tail") == 0)
			text += vma_pages_on(v, &device);
	}
	CHECK_INT(stack, ==, 1);
	CHECK_INT(text, ==, 11);
	CHECK_INT(streamed, ==, 46);
}

TEST(a_missing_process_is_reported_as_gone)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct nodeset one = nodeset_of(1);
	struct vma_stream *s = NULL;
	uint64_t pages = 7;

	CHECK_INT(root_open(TREE, &root, &err), ==, 0);
	CHECK_INT(vma_stream_of_pid(&root, 1, &s, &err), ==, -ESRCH);
	CHECK_STR(error_text(&err), "process 1 is gone");
	CHECK(!s);
	CHECK_INT(process_pages_on(&root, 1, &one, &pages, &err), ==, -ESRCH);
	CHECK_INT(pages, ==, 7);
}

TEST(vmas_of_this_process_include_text_and_data)
{
	_cleanup_vma_stream_ struct vma_stream *s = NULL;
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	size_t text = 0, data = 0;

	CHECK_INT(root_open(NULL, &root, &err), ==, 0);
	CHECK_INT(vma_stream_of_pid(&root, getpid(), &s, &err), ==, 0);
	CHECK_INT(read_all(s, &vmas, &err), ==, 0);
	for (size_t i = 0; i < vmas.n; i++) {
		text += vmas.v[i].what == VMA_TEXT;
		data += vmas.v[i].what == VMA_DATA;
	}
	CHECK(text > 0 && data > 0);
}

/* The process ends between opening and reading its files: it has no VMAs or is gone, which is no failure. */
TEST(a_process_that_ends_while_being_read_is_no_failure)
{
	_cleanup_vma_stream_ struct vma_stream *s = NULL;
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE, process = ROOT_NONE;
	struct vma_stream *late = NULL;
	pid_t pid = fork();
	int r;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_INT(root_open(NULL, &root, &err), ==, 0);
	process = (struct root){ .fd = root_openf(&root, O_PATH | O_DIRECTORY, "proc/%d", (int)pid), .live = true };
	CHECK_INT(process.fd, >=, 0);
	CHECK_INT(vma_stream_open(&process, pid, &s, &err), ==, 0);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), ==, pid);
	r = read_all(s, &vmas, &err);
	CHECK(r == 0 || r == -ESRCH);
	CHECK_INT(vma_stream_open(&process, pid, &late, &err), ==, -ESRCH);
}

TEST(node_use_is_read_from_meminfo)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct node_use use = { .anon = 7 };

	CHECK_INT(root_open(TREE, &root, &err), ==, 0);
	CHECK_INT(node_use_read(&root, 1, &use, &err), ==, 0);
	CHECK_INT(node_use_sum(&use), ==, (120 + 224) * 1024);
	CHECK_INT(node_use_read(&root, 2, &use, &err), ==, -ENOENT);
	CHECK_INT(node_use_sum(&use), ==, (120 + 224) * 1024);
}

/* The pool has eight huge pages of 2 MiB, five of them in use, and one unused of 512 MiB. */
TEST(used_huge_pages_count_and_free_ones_do_not)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct node_use use = { .anon = 7 };

	CHECK_INT(root_open("tests/fixtures/trees/gh200", &root, &err), ==, 0);
	CHECK_INT(node_use_read(&root, 4, &use, &err), ==, 0);
	CHECK_INT(node_use_sum(&use), ==, 5 * 2048 * 1024);
	CHECK_INT(node_use_read(&root, 5, &use, &err), ==, 0);
	CHECK_INT(node_use_sum(&use), ==, 0);
}

TEST(cgroup_bytes_are_read_from_memory_numa_stat)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_root_ struct root root = ROOT_NONE;
	struct nodeset device = nodeset_of(1), both = nodeset_of(0);
	uint64_t bytes = 7;

	nodeset_add(&both, 1);
	CHECK_INT(root_open(TREE, &root, &err), ==, 0);
	CHECK_INT(cgroup_bytes_on(&root, "sys/fs/cgroup/user.slice", &device, &bytes, &err), ==, 0);
	CHECK_INT(bytes, ==, 118784 + 77824);
	CHECK_INT(cgroup_bytes_on(&root, "sys/fs/cgroup/user.slice", &both, &bytes, &err), ==, 0);
	CHECK_INT(bytes, ==, 118784 + 77824 + 16384);
	CHECK_INT(cgroup_bytes_on(&root, "sys/fs/cgroup/nobody.slice", &device, &bytes, &err), ==, -ENOENT);
	CHECK_INT(numa_stat_parse("anon N0=1 N1=2\nfile N1=4\nanon_thp N1=8\nshmem N1=16\n", &device, &bytes), ==, 0);
	CHECK_INT(bytes, ==, 6);
	static const char *const bad[] = { "",
					   "anon N1=1\n",
					   "anon N1=1\nfile N1\n",
					   "anon N1=1\nfile N1=x\n",
					   "anon 1=1\nfile N1=1\n",
					   "total=9 N1=9\n" };
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		CHECK_INT(numa_stat_parse(bad[i], &device, &bytes), ==, -EINVAL);
	CHECK_INT(bytes, ==, 6);
}

CHECK_MAIN()
