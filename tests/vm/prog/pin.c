/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pin NODE: holds 64 KiB on the node that cannot be migrated, as if a device read them: the pages are in a pipe
 * (vmsplice(2)), which holds a reference to each. Prints "ready".
 */

#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SIZE (64UL << 10)

int main(int argc, char **argv)
{
	unsigned long mask[16] = { 0 };
	struct iovec pages = { .iov_len = SIZE };
	int node = argc > 1 ? atoi(argv[1]) : 0, ends[2];
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mask[0] = 1UL << node;
	if (p == MAP_FAILED || syscall(SYS_mbind, p, SIZE, MPOL_BIND | MPOL_F_STATIC_NODES, mask, 8 * sizeof(mask), 0) < 0) {
		perror("mbind");
		return 1;
	}
	memset(p, 1, SIZE);
	pages.iov_base = p;
	if (pipe(ends) < 0 || vmsplice(ends[1], &pages, 1, 0) != (ssize_t)SIZE) {
		perror("vmsplice");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
