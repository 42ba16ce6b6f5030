/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The memory that rules allowed is counted exactly, in the shared memory made for it and nowhere else. */

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "basic/cleanup.h"
#include "preload/counts.h"
#include "scenario.h"

#define ROUNDS 300000UL

static struct counts *counts;
static char path[64];

/* Makes the file of counts like the reporter does, with this magic, size and seals. */
static void make(uint64_t magic, size_t size, int seals)
{
	static int fd = -1;
	const uint64_t written = magic;

	if (fd >= 0)
		close(fd);
	fd = memfd_create("counts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK(fd >= 0);
	CHECK_INT(ftruncate(fd, (off_t)size), ==, 0);
	CHECK_INT(pwrite(fd, &written, sizeof(written), 0), ==, sizeof(written));
	CHECK_INT(fcntl(fd, F_ADD_SEALS, seals), ==, 0);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
}

static int counted_under(const char *scenario)
{
	char plan[512];

	snprintf(plan, sizeof(plan),
		 "3,counts=%s;prefer:0;prefer:1;-malloc,2097152,2097152;+malloc,1048576," ANY
		 ",0;"
		 "+anon,1048576,4194304,0;+anon,4194305," ANY ",1",
		 path);
	return under(plan, scenario);
}

static pthread_barrier_t together;

static void *allocate(void *arg)
{
	pthread_barrier_wait(&together);
	for (size_t i = 0; i < ROUNDS; i++)
		free(malloc(MiB));
	return arg;
}

SCENARIO(ranges)
{
	pthread_t threads[4];
	pid_t child;
	int status;

	EXPECT(pthread_barrier_init(&together, NULL, 4) == 0);
	for (int i = 0; i < 4; i++)
		EXPECT(pthread_create(&threads[i], NULL, allocate, NULL) == 0);
	for (int i = 0; i < 4; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
	free(malloc(2 * MiB)); /* denied */
	free(malloc(MiB - 1)); /* too small */
	munmap(mmap(NULL, MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), MiB);
	/* The target's node is absent: the rule allows it, but it is not bound. */
	munmap(mmap(NULL, 8 * MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 8 * MiB);
	child = fork();
	if (child == 0) {
		free(malloc(3 * MiB));
		_exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}

TEST(each_allowed_range_is_counted_once)
{
	make(COUNTS_MAGIC, sizeof(*counts), F_SEAL_GROW | F_SEAL_SHRINK);
	CHECK_INT(counted_under("ranges"), ==, 0);
	CHECK_INT(counts->images, ==, 1);
	CHECK_INT(counts->rules[0].ranges, ==, 0);
	CHECK_INT(counts->rules[1].ranges, ==, 4 * ROUNDS + 1);
	CHECK_INT(counts->rules[1].bytes, ==, (4 * ROUNDS + 3) * MiB);
	CHECK_INT(counts->rules[2].ranges, ==, 1);
	CHECK_INT(counts->rules[2].bytes, ==, MiB);
	CHECK_INT(counts->rules[3].ranges, ==, 1);
	CHECK_INT(counts->targets[0].ranges, ==, 0);
	CHECK_INT(counts->targets[1].ranges, ==, 1);
	CHECK_INT(counts->targets[1].bytes, ==, 8 * MiB);
	CHECK_INT(counts->targets[1].error, ==, -EINVAL);
	CHECK_INT(counts->n_chunks, ==, 1);
	CHECK_INT(counts->chunks[0].target, ==, 0);
	CHECK(counts->chunks[0].end > counts->chunks[0].base);
}

SCENARIO(works)
{
	void *p = malloc(MiB);

	EXPECT(on_device(p));
	free(p);
	return 0;
}

/* Half of a bound mapping becomes executable, then all of it: the first half is not counted again. */
SCENARIO(code)
{
	char *p = mmap(NULL, 2 * MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT(on_device(p));
	EXPECT(mprotect(p, MiB, PROT_READ | PROT_EXEC) == 0);
	EXPECT(mprotect(p, 2 * MiB, PROT_READ | PROT_EXEC) == 0);
	return 0;
}

TEST(memory_that_is_unbound_is_counted_once)
{
	make(COUNTS_MAGIC, sizeof(*counts), F_SEAL_GROW | F_SEAL_SHRINK);
	CHECK_INT(counted_under("code"), ==, 0);
	CHECK_INT(counts->let_go.ranges, ==, 2);
	CHECK_INT(counts->let_go.bytes, ==, 2 * MiB);
}

/* Another file may have this path by now: it is not written to, and the program is placed all the same. */
TEST(nothing_is_written_to_a_foreign_file)
{
	static const int both = F_SEAL_GROW | F_SEAL_SHRINK;
	const struct {
		uint64_t magic;
		size_t size;
		int seals;
	} others[] = {
		{ 1, sizeof(*counts), both },
		{ COUNTS_MAGIC, 2 * sizeof(*counts), both },
		{ COUNTS_MAGIC, sizeof(*counts), F_SEAL_GROW },
	};

	for (size_t i = 0; i < ELEMENTSOF(others); i++) {
		make(others[i].magic, others[i].size, others[i].seals);
		CHECK_INT(counted_under("works"), ==, 0);
		CHECK_INT(counts->images, ==, 0);
		CHECK_INT(counts->rules[1].ranges, ==, 0);
	}
	snprintf(path, sizeof(path), "/nonexistent");
	CHECK_INT(counted_under("works"), ==, 0);
}

CHECK_MAIN()
