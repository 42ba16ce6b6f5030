/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * places FILE TMPFS-FILE: makes a range of each kind that rules know, 64 pages each, and writes all of them except the
 * file that it only reads. Prints a line for each, "NAME ADDRESS", then "ready", and ends when its standard input does.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#define PAGE 4096UL
#define SIZE (64 * PAGE)

char places_table[SIZE] __attribute__((aligned(PAGE))) = { 1 };
char places_zeroes[SIZE] __attribute__((aligned(PAGE)));

static void *must(void *p)
{
	if (!p || p == MAP_FAILED) {
		perror("places");
		exit(1);
	}
	return p;
}

static void tell(const char *name, void *p)
{
	memset(p, 'x', SIZE);
	printf("%s %lx\n", name, (unsigned long)p);
}

static void *map(int fd, int prot, int flags)
{
	return must(mmap(NULL, SIZE, prot, flags, fd, 0));
}

static void tell_mapped(const char *name, int fd, int flags)
{
	if (fd >= 0 && ftruncate(fd, (off_t)SIZE) < 0)
		fd = -1;
	tell(name, map(fd, PROT_READ | PROT_WRITE, flags));
}

/* The page cache of a file that is only read. */
static void tell_read(const char *name, int fd)
{
	const char *p = map(fd, PROT_READ, MAP_PRIVATE);
	unsigned sum = 0;

	for (size_t i = 0; i < SIZE; i += PAGE)
		sum += (unsigned char)p[i];
	printf("%s %lx\n", sum ? name : "?", (unsigned long)p);
}

int main(int argc, char **argv)
{
	char *text = malloc(SIZE), *name = map(-1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), c;
	int id = shmget(0x2a, SIZE, IPC_CREAT | 0600);

	if (argc != 3 || id < 0)
		return 2;
	tell_read("read", open(argv[1], O_RDONLY | O_CLOEXEC));
	tell_mapped("private", open(argv[1], O_RDWR | O_CLOEXEC), MAP_PRIVATE);
	tell_mapped("tmpfs", open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600), MAP_SHARED);
	tell_mapped("posix", shm_open("/cdm-places", O_RDWR | O_CREAT | O_CLOEXEC, 0600), MAP_SHARED);
	tell_mapped("memfd", memfd_create("cdm-places", MFD_CLOEXEC), MAP_SHARED);
	tell("sysv", must(shmat(id, NULL, 0)));
	tell_mapped("shared", -1, MAP_SHARED | MAP_ANONYMOUS);
	tell("named", name);
	(void)prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, name, SIZE, "cache one");
	tell_mapped("plain", -1, MAP_PRIVATE | MAP_ANONYMOUS);
	tell("table", places_table);
	tell("zeroes", places_zeroes);
	tell("malloc", must(text));
	text[SIZE - 1] = '\0';
	tell("strdup", must(strdup(text)));
	shm_unlink("/cdm-places");
	shmctl(id, IPC_RMID, NULL);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
