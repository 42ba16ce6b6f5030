/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * glutton HOW MB: allocates that much memory in one of the ways below, and writes to every page that it gets. It prints
 * "got", or "failed" with the error. It keeps its memory until its standard input ends, and then ends too.
 */

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define READ_WRITE (PROT_READ | PROT_WRITE)

static const char *program;

static char *map(void *at, size_t size, int prot, int flags)
{
	char *p = mmap(at, size, prot, flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static char *by_malloc(size_t size)
{
	return malloc(size);
}

static char *by_calloc(size_t size)
{
	return calloc(16, size / 16);
}

/* posix_memalign() returns the error and does not change errno. */
static char *by_posix_memalign(size_t size)
{
	void *p = NULL;
	int error;

	errno = 0;
	error = posix_memalign(&p, MIB, size);
	if (errno)
		printf("posix_memalign has set errno to %d\n", errno);
	errno = error;
	return p;
}

/* A block that cannot grow stays as it was. */
static char *by_realloc(size_t size)
{
	char *p = malloc(8 * MIB), *grown;
	int error;

	if (!p)
		return NULL;
	memset(p, 7, 8 * MIB);
	grown = realloc(p, size);
	error = errno;
	if (!grown && (p[0] != 7 || p[8 * MIB - 1] != 7))
		puts("the old block is damaged");
	if (!grown)
		free(p);
	errno = error;
	return grown;
}

/* Allocates blocks of 1M until one fails. */
static char *by_blocks(size_t size)
{
	char *p = NULL;

	for (size_t i = 0; i < size / MIB; i++) {
		p = malloc(MIB);
		if (!p) {
			printf("%zu blocks\n", i);
			errno = ENOMEM;
			return NULL;
		}
		memset(p, 1, MIB);
	}
	return malloc_usable_size(p) >= MIB ? p : NULL;
}

static char *by_mmap(size_t size)
{
	return map(NULL, size, READ_WRITE, PRIVATE);
}

static char *by_noreserve(size_t size)
{
	return map(NULL, size, READ_WRITE, PRIVATE | MAP_NORESERVE);
}

static char *by_populate(size_t size)
{
	return map(NULL, size, READ_WRITE, PRIVATE | MAP_POPULATE);
}

static char *by_shared(size_t size)
{
	return map(NULL, size, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS);
}

static char *by_memfd(size_t size)
{
	int fd = memfd_create("glutton", MFD_CLOEXEC);
	char *p = ftruncate(fd, (off_t)size) < 0 ? MAP_FAILED : mmap(NULL, size, READ_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static char *by_sysv(size_t size)
{
	int id = shmget(IPC_PRIVATE, size, 0600);
	char *p = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	return p == (void *)-1 ? NULL : p;
}

/* If the new mapping fails, the old one stays. */
static char *by_fixed(size_t size)
{
	char *reserved = map(NULL, size, PROT_NONE, PRIVATE | MAP_NORESERVE), *p;
	int error;

	if (!reserved || mprotect(reserved, 4096, READ_WRITE) < 0)
		return NULL;
	*reserved = 7;
	p = map(reserved, size, READ_WRITE, PRIVATE | MAP_FIXED);
	error = errno;
	if (!p && *reserved != 7)
		puts("the old mapping is gone");
	if (p && (p != reserved || *p != 0))
		puts("the address does not have the new mapping");
	errno = error;
	return p;
}

/* A reservation that is made writable later. */
static char *by_mprotect(size_t size)
{
	char *p = map(NULL, size, PROT_NONE, PRIVATE);

	return p && mprotect(p, size, READ_WRITE) == 0 ? p : NULL;
}

/* A mapping that cannot grow stays as and where it was. */
static char *by_mremap(size_t size)
{
	char *p = map(NULL, 8 * MIB, READ_WRITE, PRIVATE), *grown;
	int error;

	if (!p)
		return NULL;
	memset(p, 7, 8 * MIB);
	/* Forces it to move. */
	map(p + 8 * MIB, 4096, PROT_NONE, PRIVATE | MAP_FIXED_NOREPLACE);
	grown = mremap(p, 8 * MIB, size, MREMAP_MAYMOVE);
	error = errno;
	if (grown == MAP_FAILED && (p[0] != 7 || p[8 * MIB - 1] != 7))
		puts("the old mapping is damaged");
	errno = error;
	return grown == MAP_FAILED ? NULL : grown;
}

static char *by_brk(size_t size)
{
	char *p = sbrk((intptr_t)size);

	return p == (void *)-1 ? NULL : p;
}

/* Maps a file of the requested size, which repeats the program's own file. */
static char *by_file(size_t size)
{
	FILE *f = tmpfile(), *in = fopen(program, "re");
	char piece[65536];
	size_t n = 0;
	char *p;

	while (f && in && n < size) {
		size_t got = fread(piece, 1, sizeof(piece), in);

		if (got == 0)
			rewind(in);
		n += fwrite(piece, 1, got, f);
	}
	if (!f || fflush(f) != 0)
		return NULL;
	p = mmap(NULL, size, READ_WRITE, MAP_PRIVATE, fileno(f), 0);
	return p == MAP_FAILED ? NULL : p;
}

static const struct {
	const char *name;
	char *(*get)(size_t size);
} ways[] = {
	{ "malloc", by_malloc },       { "calloc", by_calloc }, { "memalign", by_posix_memalign },
	{ "realloc", by_realloc },     { "blocks", by_blocks }, { "mmap", by_mmap },
	{ "noreserve", by_noreserve }, { "shared", by_shared }, { "populate", by_populate },
	{ "memfd", by_memfd },         { "sysv", by_sysv },     { "fixed", by_fixed },
	{ "mprotect", by_mprotect },   { "mremap", by_mremap }, { "brk", by_brk },
	{ "file", by_file },
};

int main(int argc, char **argv)
{
	const size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) * MIB : 0;
	char *p = NULL, c;

	program = argv[0];
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 2 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(argv[1], ways[i].name) == 0) {
			errno = 0;
			p = ways[i].get(size);
			break;
		}
	if (p)
		for (size_t i = 0; i < size && strcmp(argv[1], "blocks") != 0; i += 4096)
			p[i] = 1;
	if (p)
		puts("got");
	else
		printf("failed %s\n", strerrorname_np(errno));
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
