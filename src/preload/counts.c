/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counts the memory that the rules allowed, in memory that is shared with the reporter. */

#include "counts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "own-call.h"
#include "sys.h"

static struct counts *counts;
static int32_t image;

#define ADD(field, n) __atomic_fetch_add(&(field), (n), __ATOMIC_RELAXED)

/* Only memory has seals (mm/memfd.c, memfd_fcntl()); with these two the memory cannot shrink while it is mapped. */
static bool is_ours(int fd)
{
	const int seals = F_SEAL_GROW | F_SEAL_SHRINK;
	struct stat st;

	return (fcntl(fd, F_GET_SEALS) & seals) == seals && fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof(*counts);
}

static struct counts *map(int fd)
{
	struct counts *c = is_ours(fd) ? sys_mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (c == MAP_FAILED)
		return NULL;
	if (c->magic == COUNTS_MAGIC)
		return c;
	munmap(c, sizeof(*c));
	return NULL;
}

void counts_open(const char *path)
{
	int saved = errno, fd = (int)own_call(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0) {
		counts = map(fd);
		(void)own_call(SYS_close, fd);
	}
	if (counts) {
		image = (int32_t)getpid();
		ADD(counts->images, 1);
	}
	errno = saved;
}

void counts_allowed(unsigned rule, size_t size)
{
	if (!counts)
		return;
	ADD(counts->rules[rule].ranges, 1);
	ADD(counts->rules[rule].bytes, size);
}

void counts_unbound(unsigned target, size_t size, int error)
{
	if (!counts)
		return;
	ADD(counts->targets[target].ranges, 1);
	ADD(counts->targets[target].bytes, size);
	__atomic_store_n(&counts->targets[target].error, error, __ATOMIC_RELAXED);
}

void counts_let_go(size_t size)
{
	if (!counts)
		return;
	ADD(counts->let_go.ranges, 1);
	ADD(counts->let_go.bytes, size);
}

/* Finds the chunk that begins at `base`, in this program or one forked from it; NULL if there is none. */
static struct counts_chunk *find_chunk(uintptr_t base)
{
	uint64_t n = __atomic_load_n(&counts->n_chunks, __ATOMIC_RELAXED);

	for (uint64_t i = 0; i < n && i < COUNTS_CHUNKS; i++)
		if (counts->chunks[i].base == base && counts->chunks[i].image == image)
			return &counts->chunks[i];
	return NULL;
}

void counts_chunk(unsigned target, uintptr_t base, uintptr_t end)
{
	struct counts_chunk *known;
	uint64_t i;

	if (!counts)
		return;
	known = find_chunk(base);
	if (known) {
		known->end = end;
		return;
	}
	i = ADD(counts->n_chunks, 1);
	if (i < COUNTS_CHUNKS)
		counts->chunks[i] = (struct counts_chunk){ .base = base, .end = end, .image = image, .target = target };
}
