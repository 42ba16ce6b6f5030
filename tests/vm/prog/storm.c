/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Simulates what a big machine does.
 *   storm events N PATH...       causes N uevents of the kernel by writing to each PATH/uevent in turn
 *   storm tree DIR NODES BLOCKS  makes DIR/node and DIR/memory like sysfs: node 0 has the CPUs; all blocks are online,
 *                                evenly distributed, and movable on all nodes but 0
 *   storm opens PATH COMMAND...  prints how often PATH was opened while COMMAND ran
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int events(unsigned long n, int paths, char **path)
{
	int fds[64];

	if (paths < 1 || paths > 64)
		return 2;
	for (int i = 0; i < paths; i++) {
		char name[256];

		snprintf(name, sizeof(name), "%s/uevent", path[i]);
		fds[i] = open(name, O_WRONLY | O_CLOEXEC);
		if (fds[i] < 0)
			die(name);
	}
	for (unsigned long i = 0; i < n; i++)
		if (pwrite(fds[i % (unsigned long)paths], "change", 6, 0) != 6)
			die("uevent");
	return 0;
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(name);
	close(fd);
}

static int make(int dir, const char *name)
{
	int fd;

	if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
		die(name);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die(name);
	return fd;
}

/* One file under many names: that many separate files would not fit. */
static void link_to(int from, const char *file, int dir, const char *name)
{
	if (linkat(from, file, dir, name, 0) < 0)
		die(name);
}

static void make_node(int nodes, int n, unsigned long blocks)
{
	char text[256], name[32];
	int dir;

	snprintf(name, sizeof(name), "node%d", n);
	dir = make(nodes, name);
	put(dir, "cpulist", n ? "\n" : "0-1\n");
	put(dir, "distance", n ? "80 10\n" : "10 80\n");
	snprintf(text, sizeof(text), "Node %d MemTotal:       %lu kB\nNode %d MemFree:        1024 kB\n", n,
		 blocks << 17, n);
	put(dir, "meminfo", text);
	close(dir);
}

static int tree(const char *path, int n_nodes, unsigned long n_blocks)
{
	int top = make(AT_FDCWD, path), nodes = make(top, "node"), memory = make(top, "memory"), *dirs;
	char text[64], name[32];

	dirs = calloc((size_t)n_nodes, sizeof(*dirs));
	if (!dirs)
		die("nodes");
	snprintf(text, sizeof(text), "0-%d\n", n_nodes - 1);
	put(nodes, "possible", text);
	put(nodes, "online", text);
	put(nodes, "has_memory", text);
	put(nodes, "has_normal_memory", "0\n");
	put(nodes, "has_cpu", "0\n");
	put(memory, "block_size_bytes", "8000000\n");
	put(memory, "auto_online_blocks", "offline\n");
	put(top, "online", "online\n");
	put(top, "Movable", "Movable\n");
	put(top, "Normal", "Normal\n");
	put(top, "link", "");
	for (int i = 0; i < n_nodes; i++) {
		make_node(nodes, i, n_blocks / (unsigned long)n_nodes);
		snprintf(name, sizeof(name), "node%d", i);
		dirs[i] = make(nodes, name);
	}
	for (unsigned long b = 0; b < n_blocks; b++) {
		int node = (int)(b * (unsigned long)n_nodes / n_blocks), dir;

		snprintf(name, sizeof(name), "memory%lu", b);
		dir = make(memory, name);
		link_to(top, "online", dir, "state");
		link_to(top, node ? "Movable" : "Normal", dir, "valid_zones");
		close(dir);
		link_to(top, "link", dirs[node], name);
	}
	return 0;
}

static int opens(char **argv)
{
	_Alignas(struct inotify_event) char buf[65536];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), status = 0;
	unsigned long n = 0;
	pid_t pid;
	ssize_t len;

	if (fd < 0 || inotify_add_watch(fd, argv[0], IN_OPEN) < 0)
		die(argv[0]);
	errno = posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ);
	if (errno)
		die(argv[1]);
	for (;;) {
		int ended = waitpid(pid, &status, WNOHANG) == pid;

		/* inotify merges equal events that follow each other, so each is read at once. */
		while ((len = read(fd, buf, sizeof(buf))) > 0)
			n += (unsigned long)len / sizeof(struct inotify_event);
		if (ended)
			break;
		usleep(200);
	}
	printf("%lu\n", n);
	return status != 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "events") == 0)
		return events(strtoul(argv[2], NULL, 10), argc - 3, argv + 3);
	if (argc == 5 && strcmp(argv[1], "tree") == 0)
		return tree(argv[2], atoi(argv[3]), strtoul(argv[4], NULL, 10));
	if (argc >= 4 && strcmp(argv[1], "opens") == 0)
		return opens(argv + 2);
	return 2;
}
