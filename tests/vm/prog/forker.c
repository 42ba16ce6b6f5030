/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * forker MB: holds a block and a mapping of this many MiB each, prints "ready", takes commands from standard input, one
 * a line, and answers each with its name:
 *   fork     makes a child by fork(2), and prints "fork PID"
 *   read     the child reads every page; prints "died SIGNAL" if it dies of that
 *   write    the child writes every page; the same
 *   own      the parent writes every page
 * The end of the input ends both.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1UL << 20)

static volatile char *block, *mapping;
static size_t size;
static int to_child[2], from_child[2];

static void each_page(int write)
{
	for (size_t i = 0; i < size; i += 4096) {
		if (block[i] != 1 && !write)
			_exit(3);
		if (write)
			block[i] = mapping[i] = 2;
		else
			(void)mapping[i];
	}
}

static _Noreturn void child(void)
{
	char c;

	close(to_child[1]);
	while (read(to_child[0], &c, 1) == 1) {
		each_page(c == 'w');
		if (write(from_child[1], &c, 1) != 1)
			_exit(2);
	}
	_exit(0);
}

static void ask_child(pid_t pid, const char *what)
{
	int status;
	char c;

	if (write(to_child[1], what, 1) == 1 && read(from_child[0], &c, 1) == 1)
		puts(what);
	else if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		printf("died %d\n", WTERMSIG(status));
}

int main(int argc, char **argv)
{
	char line[64];
	pid_t pid = -1;

	size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 4) * MIB;
	block = malloc(size);
	mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!block || mapping == MAP_FAILED)
		return 1;
	memset((void *)(uintptr_t)block, 1, size);
	memset((void *)(uintptr_t)mapping, 1, size);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "fork") == 0) {
			if (pipe(to_child) < 0 || pipe(from_child) < 0)
				return 1;
			pid = fork();
			if (pid == 0)
				child();
			close(from_child[1]);
			printf("fork %d\n", (int)pid);
		} else if (strcmp(line, "own") == 0) {
			each_page(1);
			puts(line);
		} else {
			ask_child(pid, line);
		}
	}
	return 0;
}
