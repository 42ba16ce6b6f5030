/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The mappings of a running program: what each of them is, and which rule allows it. */

#include "check.h"
#include "trace/rules-of.h"

#include "trace/allow.h"
#include "trace/mappings.h"

#include <errno.h>

/* The maps of a program with one library, a heap, two threads, and memory of every kind. */
static const char text[] =
	"00400000-00401000 r--p 00000000 fe:01 17 /opt/app/solver\n"
	"00401000-00500000 r-xp 00001000 fe:01 17 /opt/app/solver\n"
	"00500000-00501000 r--p 00100000 fe:01 17 /opt/app/solver\n"
	"00501000-00600000 rw-p 00101000 fe:01 17 /opt/app/solver\n"
	"00600000-00800000 rw-p 00000000 00:00 0 \n"
	"01000000-01300000 rw-p 00000000 00:00 0                                  [heap]\n"
	"7f0000000000-7f0000400000 rw-p 00000000 00:00 0 \n"
	"7f0000400000-7f0004000000 ---p 00000000 00:00 0 \n"
	"7f0010000000-7f0010001000 ---p 00000000 00:00 0 \n"
	"7f0010001000-7f0010801000 rw-p 00000000 00:00 0 \n"
	"7f0020000000-7f0020200000 rw-p 00000000 00:00 0                          [anon:cache of rows]\n"
	"7f0020200000-7f0020400000 rw-s 00000000 00:01 9                          [anon_shmem:pool]\n"
	"7f0030000000-7f0030200000 rw-s 00000000 00:0f 11                         /dev/shm/psm one\n"
	"7f0030200000-7f0030400000 rw-s 00000000 00:01 12                         /memfd:ring (deleted)\n"
	"7f0030400000-7f0030600000 rw-s 00000000 00:01 13                         /SYSV0000002a (deleted)\n"
	"7f0030600000-7f0030800000 rw-s 00000000 00:01 14                         /dev/zero (deleted)\n"
	"7f0030800000-7f0030a00000 rw-p 00000000 00:10 15                         /anon_hugepage (deleted)\n"
	"7f0040000000-7f0040200000 rw-p 00000000 fe:01 21 /data/table.1 (deleted)\n"
	"7f0040200000-7f0040400000 rw-s 00000000 00:06 22 /dev/dax0.0\n"
	"7f0040400000-7f0040600000 rw-s 00000000 fe:01 23 /data/two\\012lines\n"
	"7f0050000000-7f0050200000 r-xp 00000000 fe:01 31 /usr/lib/libx.so.1\n"
	"7f0050200000-7f0050400000 rw-p 00200000 fe:01 31 /usr/lib/libx.so.1\n"
	"7f0050400000-7f0050600000 rw-p 00000000 00:00 0 \n"
	"7f0050700000-7f0050800000 rw-p 00000000 00:00 0 \n"
	"7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0                          [stack]\n"
	"7ffc00500000-7ffc00501000 r-xp 00000000 00:00 0                          [vdso]\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

#define HAS(maps, address, what_, name_)                         \
	do {                                                     \
		const struct map *m_ = maps_find(maps, address); \
		CHECK(m_);                                       \
		CHECK_STR(map_what_name(m_->what), what_);       \
		CHECK_STR(m_->name, name_);                      \
	} while (0)

TEST(each_mapping_gets_its_kind_and_name)
{
	_cleanup_maps_ struct maps maps = MAPS_NONE;

	CHECK_INT(maps_parse(text, &maps), ==, 0);
	CHECK_INT(maps.n, ==, 27);
	HAS(&maps, 0x400000, "other", "/opt/app/solver");
	HAS(&maps, 0x4fffff, "other", "/opt/app/solver");
	HAS(&maps, 0x500000, "other", "/opt/app/solver");
	HAS(&maps, 0x501000, "data", "/opt/app/solver");
	HAS(&maps, 0x600000, "data", "/opt/app/solver");
	HAS(&maps, 0x1000000, "heap", "[heap]");
	HAS(&maps, 0x7f0000000000, "anon", "");
	HAS(&maps, 0x7f0000400000, "anon", "");
	HAS(&maps, 0x7f0020000000, "anon", "cache of rows");
	HAS(&maps, 0x7f0020200000, "shm", "pool");
	HAS(&maps, 0x7f0030000000, "shm", "/psm one");
	HAS(&maps, 0x7f0030200000, "shm", "ring");
	HAS(&maps, 0x7f0030400000, "shm", "SYSV0000002a");
	HAS(&maps, 0x7f0030600000, "shm", "");
	HAS(&maps, 0x7f0030800000, "anon", "");
	HAS(&maps, 0x7f0040000000, "file", "/data/table.1");
	HAS(&maps, 0x7f0040200000, "file", "/dev/dax0.0");
	HAS(&maps, 0x7f0040400000, "file", "/data/two\nlines");
	HAS(&maps, 0x7f0050200000, "data", "/usr/lib/libx.so.1");
	HAS(&maps, 0x7f0050400000, "data", "/usr/lib/libx.so.1");
	HAS(&maps, 0x7f0050700000, "anon", "");
	HAS(&maps, 0x7ffc00000000, "other", "[stack]");
	HAS(&maps, 0x7ffc00500fff, "other", "[vdso]");
	CHECK(!maps_find(&maps, 0x900000));
	CHECK(!maps_find(&maps, UINT64_MAX));
}

TEST(a_mapping_is_a_stack_only_with_a_guard_below_it)
{
	_cleanup_maps_ struct maps maps = MAPS_NONE;

	CHECK_INT(maps_parse(text, &maps), ==, 0);
	maps_mark_stack(&maps, 0x7f0010001000 + 4096);
	HAS(&maps, 0x7f0010001000, "other", "");
	/* A goroutine's stack lies in Go's heap; a stack pointer need not point to any mapping. */
	maps_mark_stack(&maps, 0x7f0000100000);
	HAS(&maps, 0x7f0000000000, "anon", "");
	maps_mark_stack(&maps, 0x1000010);
	HAS(&maps, 0x1000000, "heap", "[heap]");
	maps_mark_stack(&maps, 0);
}

static int rule_at(const char *const *texts, uint64_t address)
{
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	const struct placement place = place_of(texts);
	int rule;

	if (maps_parse(text, &maps) < 0)
		return -100;
	rule = map_rule(&place, maps_find(&maps, address));
	return rule >= 0 && !place.rules[rule].allow ? -2 : rule;
}

#define RULES(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(the_first_matching_rule_decides)
{
	const char *const *mappings = RULES("!anon,name=cache*", "malloc,min=3M,max=4M", "anon,min=1M");

	CHECK_INT(rule_at(mappings, 0x7f0020000000), ==, -2);
	CHECK_INT(rule_at(mappings, 0x7f0000000000), ==, 1);
	CHECK_INT(rule_at(mappings, 0x7f0000400000), ==, 2);
	CHECK_INT(rule_at(mappings, 0x7f0030800000), ==, 2);
	CHECK_INT(rule_at(mappings, 0x1000000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(mappings, 0x600000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(mappings, 0x7f0030000000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(RULES("anon,min=8M,max=16M"), 0x7f0010001000), ==, 0);
	CHECK_INT(rule_at(RULES("heap"), 0x1000000), ==, 0);
	CHECK_INT(rule_at(RULES("heap", "anon", "malloc", "file", "shm", "data"), 0x401000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(RULES("heap", "anon", "malloc", "file", "shm", "data"), 0x7ffc00000000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(RULES("heap", "anon", "malloc", "file", "shm", "data"), 0x7f0050000000), ==, ALLOW_NONE);
}

TEST(rules_match_by_name_path_and_object)
{
	CHECK_INT(rule_at(RULES("anon,name=cache*"), 0x7f0020000000), ==, 0);
	CHECK_INT(rule_at(RULES("anon,name=*"), 0x7f0000000000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(RULES("shm,name=/psm*"), 0x7f0030000000), ==, 0);
	CHECK_INT(rule_at(RULES("shm,name=ring"), 0x7f0030200000), ==, 0);
	CHECK_INT(rule_at(RULES("shm,name=SYSV0000002a"), 0x7f0030400000), ==, 0);
	CHECK_INT(rule_at(RULES("shm"), 0x7f0030600000), ==, 0);
	CHECK_INT(rule_at(RULES("file,path=/data/*"), 0x7f0040000000), ==, 0);
	CHECK_INT(rule_at(RULES("file,path=/dev/dax*"), 0x7f0040200000), ==, 0);
	CHECK_INT(rule_at(RULES("file,path=/dev/*"), 0x7f0040000000), ==, ALLOW_NONE);
	CHECK_INT(rule_at(RULES("data,object=solver"), 0x600000), ==, 0);
	CHECK_INT(rule_at(RULES("data,object=libx.so*"), 0x7f0050200000), ==, 0);
	CHECK_INT(rule_at(RULES("data,object=/usr/lib/*"), 0x7f0050400000), ==, 0);
	CHECK_INT(rule_at(RULES("data,object=libx.so*"), 0x501000), ==, ALLOW_NONE);
}

/* A JIT compiler's code: mappings that it writes and runs, that are only run, and memory mapped once for each. */
TEST(code_is_allowed_only_by_exec_yes)
{
	static const char code[] =
		"7f0000000000-7f0000400000 rwxp 00000000 00:00 0 \n"
		"7f0000400000-7f0000800000 r-xp 00000000 00:00 0 \n"
		"7f0000800000-7f0000c00000 rw-p 00000000 00:00 0 \n"
		"7f0010000000-7f0010200000 rw-s 00000000 00:01 12         /memfd:doublemapper (deleted)\n"
		"7f0020000000-7f0020200000 rw-s 00000000 00:01 13         /memfd:data (deleted)\n"
		"7f0030000000-7f0030200000 r-xs 00000000 00:01 12         /memfd:doublemapper (deleted)\n";
	static const bool is_code[] = { true, true, false, true, false, true };
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	const struct placement allowing = place_of(RULES("anon", "shm"));
	const struct placement asking = place_of(RULES("anon,exec=yes", "shm,exec=yes"));
	const struct placement denying = place_of(RULES("!anon", "!shm"));

	CHECK_INT(maps_parse(code, &maps), ==, 0);
	CHECK_INT(maps.n, ==, ELEMENTSOF(is_code));
	for (size_t i = 0; i < maps.n; i++) {
		CHECK(maps.v[i].is_code == is_code[i]);
		CHECK((map_rule(&allowing, &maps.v[i]) < 0) == is_code[i]);
		/* a mapping that is only executable looks like a library */
		CHECK((map_rule(&asking, &maps.v[i]) >= 0) == (i < 5));
		CHECK((map_rule(&denying, &maps.v[i]) >= 0) == (i < 5));
	}
}

TEST(invalid_maps_are_refused)
{
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	static const char *const bad[] = { "x", "1000-2000", "2000-1000 rw-p 0 00:00 0", "1000-2000 rw-p 0 00:00",
					   "1000-2000 rw 0 00:00 0" };

	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		CHECK_INT(maps_parse(bad[i], &maps), ==, -EINVAL);
	CHECK_INT(maps_parse("", &maps), ==, 0);
	CHECK_INT(maps.n, ==, 0);
}

CHECK_MAIN()
