/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Memory under strict rules: populated when the call returns, or the call fails and changes nothing. Static, glibc.
 *   strict filled    all of it is granted
 *   strict refused   nothing can be populated: the program's own filter answers MADV_POPULATE_WRITE with ENOMEM
 *   strict missing   more is requested than is free; the program is killed at the first MADV_POPULATE_WRITE
 */

#include "set-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

#define SPILLS "prefer" /* (many)=static:0 */
#define RW (PROT_READ | PROT_WRITE)
#define SIZE (10 * MIB) /* more than is filled at a time, and no multiple of that */
#define POPULATE_WRITE 23

/* Returns whether the range is populated; it must be so completely or not at all. */
static int is_there(char *p, size_t size)
{
	const size_t all = size / (size_t)sysconf(_SC_PAGESIZE), n = pages_there(p, size);

	EXPECT(n == 0 || n == all);
	return n > 0;
}

static char *brk_to(char *p)
{
	return (char *)syscall(SYS_brk, p);
}

/* Makes a mapping of half this size, with room to grow to the whole. */
static char *map_half(size_t size)
{
	char *p = map(size, RW, 0);

	EXPECT(p != MAP_FAILED && munmap(p + size / 2, size / 2) == 0);
	memset(p, 7, size / 2);
	return p;
}

/* Makes a mapping that must move to grow. */
static char *map_enclosed(size_t size)
{
	char *p = map_half(2 * size);

	EXPECT(mmap(p + size, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + size);
	return p;
}

static int is_all(const char *p, char c, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != c)
			return 0;
	return 1;
}

static void filled(void)
{
	char *none = map(SIZE, PROT_NONE, 0), *small = map(MIB / 2, PROT_NONE, 0);
	char *p = map(SIZE, RW, 0), *readable = map(SIZE, PROT_READ, MAP_POPULATE), *old;

	EXPECT_POLICY(p, SPILLS);
	EXPECT(is_there(p, SIZE) && is_all(p, 0, SIZE));
	EXPECT(!is_there(none, SIZE) && !is_there(readable, SIZE));

	/* a reservation is made writable, in two pieces and then as a whole; no rule matches the small one */
	EXPECT(mprotect(none, SIZE / 2, RW) == 0 && is_there(none, SIZE / 2) && !is_there(none + SIZE / 2, SIZE / 2));
	memset(none, 7, SIZE / 2);
	EXPECT(mprotect(none, SIZE, RW) == 0 && is_there(none, SIZE) && is_all(none, 7, SIZE / 2));
	EXPECT(mprotect(small, MIB / 2, RW) == 0 && !is_there(small, MIB / 2));

	/* over another mapping */
	memset(p, 1, SIZE);
	EXPECT(mmap(p, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	EXPECT(is_there(p, SIZE) && is_all(p, 0, SIZE));
	EXPECT_POLICY(p + SIZE - 1, SPILLS);

	/* growth in place, and by moving */
	p = map_half(2 * SIZE);
	EXPECT(mremap(p, SIZE, 2 * SIZE, 0) == p);
	EXPECT(is_there(p, 2 * SIZE) && is_all(p, 7, SIZE) && is_all(p + SIZE, 0, SIZE));
	old = map_enclosed(SIZE);
	p = mremap(old, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && p != old);
	EXPECT(is_there(p, 2 * SIZE) && is_all(p, 7, SIZE) && is_all(p + SIZE, 0, SIZE));

	/* the heap */
	p = brk_to(NULL);
	EXPECT(brk_to(p + SIZE) == p + SIZE);
	p += 65536 - (uintptr_t)p % 65536;
	EXPECT(is_there(p, SIZE / 2));
	EXPECT_POLICY(p, SPILLS);
}

static void fill_nothing(unsigned answer)
{
	struct sock_filter v[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 2 * 8),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POPULATE_WRITE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	set_filter(v, sizeof(v) / sizeof(v[0]));
}

/* Returns the addresses and rights of all mappings. Valid until the second next call. */
static const char *mappings(void)
{
	static char text[2][32768];
	static int n;
	const size_t size = sizeof(text[0]);
	char line[4096], *t = text[n ^= 1];
	size_t len = 0;
	FILE *f = fopen("/proc/self/maps", "r");

	while (f && fgets(line, sizeof(line), f) && len < size)
		len += (size_t)snprintf(t + len, size - len, "%.*s\n", (int)(strchr(strchr(line, ' ') + 1, ' ') - line),
					line);
	EXPECT(f && len < size);
	fclose(f);
	return t;
}

#define EXPECT_REFUSED(call)                                     \
	do {                                                     \
		const char *before_ = mappings();                \
		errno = 0;                                       \
		EXPECT((call) == MAP_FAILED && errno == ENOMEM); \
		EXPECT(strcmp(before_, mappings()) == 0);        \
	} while (0)

static void refused(void)
{
	char *half = map_half(2 * SIZE), *enclosed = map_enclosed(SIZE), *over = map(SIZE, RW, 0), *p;
	char *none = map(SIZE, PROT_NONE, 0);

	memset(over, 7, SIZE);
	fill_nothing(SECCOMP_RET_ERRNO | ENOMEM);
	EXPECT_REFUSED(map(SIZE, RW, 0));
	EXPECT_REFUSED(map(SIZE, RW, MAP_POPULATE));
	EXPECT_REFUSED(mmap(over, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT(is_all(over, 7, SIZE));
	EXPECT_REFUSED(mremap(half, SIZE, 2 * SIZE, 0));
	EXPECT_REFUSED(mremap(half, SIZE, 2 * SIZE, MREMAP_MAYMOVE));
	EXPECT(is_all(half, 7, SIZE));
	EXPECT_REFUSED(mremap(enclosed, SIZE, 2 * SIZE, MREMAP_MAYMOVE));
	EXPECT(is_all(enclosed, 7, SIZE));
	EXPECT_POLICY(enclosed, SPILLS);
	p = brk_to(NULL);
	EXPECT(brk_to(p + SIZE) == p && brk_to(NULL) == p);
	EXPECT(mprotect(none, SIZE, RW) == -1 && errno == ENOMEM);
	EXPECT(!is_there(none, SIZE));
	EXPECT(mprotect(over, SIZE, RW) == 0);
	/* this has nothing to fill */
	EXPECT(map(SIZE, PROT_NONE, 0) != MAP_FAILED && map(SIZE, PROT_READ, 0) != MAP_FAILED);
}

/* A call that must fail fills nothing before. */
static void missing(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t too_much = ((size_t)sysconf(_SC_AVPHYS_PAGES) + (size_t)sysconf(_SC_PHYS_PAGES)) / 2 * page;

	char *none = map(too_much, PROT_NONE, MAP_NORESERVE);

	EXPECT(none != MAP_FAILED);
	fill_nothing(SECCOMP_RET_KILL_PROCESS);
	EXPECT_REFUSED(map(too_much, RW, MAP_NORESERVE));
	EXPECT(mprotect(none, too_much, RW) == -1 && errno == ENOMEM);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "filled") == 0)
		filled();
	else if (strcmp(what, "refused") == 0)
		refused();
	else if (strcmp(what, "missing") == 0)
		missing();
	else
		return 2;
	return 0;
}
