/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * api: calls functions of cdm.h. It takes commands from standard input, one a line, and answers each with one line;
 * blocks have one-letter names.
 *   alloc B SIZE WHERE FLAGS [ALIGN]   map B SIZE (by mmap(2))   part B OF FIRST SIZE   touch B   free B
 *   bind B WHERE FLAGS   unbind B FLAGS   migrate B WHERE   where B   count B WHERE   zero B
 *   pin B   unpin   fork   reap   (references to pages as of a device; a child that shares the pages, until reaped)
 *   nodes   config FILE   threads N ROUNDS   watch   event SECONDS   unwatch   quit
 * WHERE "-" is NULL; FLAGS are letters of "simw-"; SIZE is in pages. Errors are answered by "-ERRNO-NAME: explanation".
 * `where` asks the kernel as well, and reports a difference.
 */

#include <cdm.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct block {
	unsigned char *p;
	size_t pages;
};

static struct block blocks[128];
static size_t page;

static const char *place(const char *word)
{
	return strcmp(word, "-") == 0 ? NULL : word;
}

static unsigned flags_of(const char *word)
{
	unsigned flags = 0;

	for (; *word; word++)
		flags |= *word == 's' ? CDM_STRICT :
			 *word == 'i' ? CDM_INTERLEAVE :
			 *word == 'w' ? CDM_WEIGHTED :
			 *word == 'm' ? CDM_MOVE :
					0;
	return flags;
}

static void answer(long r)
{
	if (r < 0)
		printf("-%s: %s\n", strerrorname_np((int)-r), cdm_error());
	else
		printf("%ld\n", r);
}

static void told_address(struct block *b, void *p, size_t pages)
{
	if (!p) {
		answer(-errno);
		return;
	}
	*b = (struct block){ p, pages };
	printf("%lx\n", (unsigned long)p);
}

/* Leaves no page of zeroes: the kernel replaces such pages by the shared zero page when it splits a huge page. */
static void touch(const struct block *b)
{
	for (size_t i = 0; i < b->pages; i++)
		b->p[i * page] = (unsigned char)(i % 251 + 1);
	puts("touched");
}

/* Prints "clean", or the first byte that is not zero. */
static void zero(const struct block *b)
{
	for (size_t i = 0; i < b->pages * page; i++)
		if (b->p[i]) {
			printf("byte %zu is %d\n", i, b->p[i]);
			return;
		}
	puts("clean");
}

/* Prints "absent=N other=N", with the names of the others: "EBUSY=N", then "N0=N N1=N". */
static void print_status(const int *status, size_t n, const char *what)
{
	size_t absent = 0, on[16] = { 0 }, no[EHWPOISON + 1] = { 0 }, other = 0;

	for (size_t i = 0; i < n; i++)
		if (status[i] == -ENOENT || status[i] == -EFAULT)
			absent++;
		else if (status[i] >= 0 && status[i] < 16)
			on[status[i]]++;
		else if (++other && status[i] < 0 && status[i] >= -EHWPOISON)
			no[-status[i]]++;
	printf("%s absent=%zu other=%zu", what, absent, other);
	for (int i = 0; i <= EHWPOISON; i++)
		if (no[i])
			printf(" %s=%zu", strerrorname_np(i), no[i]);
	for (int i = 0; i < 16; i++)
		if (on[i])
			printf(" N%d=%zu", i, on[i]);
	putchar('\n');
}

static void where(const struct block *b)
{
	int *told = malloc(b->pages * sizeof(*told)), *seen = malloc(b->pages * sizeof(*seen));
	void **list = malloc(b->pages * sizeof(*list));
	ssize_t r = cdm_where(b->p, b->pages * page, told);

	for (size_t i = 0; i < b->pages; i++)
		list[i] = b->p + i * page;
	if (r < 0 || syscall(SYS_move_pages, 0, b->pages, list, NULL, seen, 0) < 0)
		answer(r < 0 ? r : -errno);
	else if (memcmp(told, seen, b->pages * sizeof(*told)) != 0)
		puts("the library and the kernel differ");
	else
		print_status(seen, b->pages, "where");
	free(told);
	free(seen);
	free(list);
}

static void migrate(const struct block *b, const char *to)
{
	int *status = malloc(b->pages * sizeof(*status));
	ssize_t r = cdm_migrate(b->p, b->pages * page, place(to), status);

	if (r < 0)
		answer(r);
	else {
		printf("%zd ", r);
		print_status(status, b->pages, "status");
	}
	free(status);
}

/* A pipe holds references to its pages, like a device that reads them: nothing can move them. */
static int held[2];

static void pin(const struct block *b)
{
	struct iovec pages = { b->p, b->pages * page };

	answer(pipe(held) < 0 || vmsplice(held[1], &pages, 1, 0) != (ssize_t)(b->pages * page) ? -errno : 0);
}

static void unpin(void)
{
	answer(close(held[0]) < 0 || close(held[1]) < 0 ? -errno : 0);
}

static pid_t child;

static void start_child(void)
{
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	answer(child < 0 ? -errno : 0);
}

static void end_child(void)
{
	answer(kill(child, SIGKILL) < 0 || waitpid(child, NULL, 0) != child ? -errno : 0);
}

static void nodes(void)
{
	struct cdm_node *list;
	int r = cdm_nodes(&list);

	if (r < 0) {
		answer(r);
		return;
	}
	for (const struct cdm_node *n = list; n; n = n->next)
		printf("%d:%s:%s%s%s ", n->node, n->class_name, n->is_device ? "device" : "system",
		       n->is_granted ? ":granted" : "", n->state == CDM_ONLINE ? ":online" : "");
	putchar('\n');
	cdm_nodes_free(list);
}

/* Threads ----------------------------------------------------------------------------------------------------------- */

static int rounds;
static const char *_Atomic wrong;

static void *say_wrong(const char *what)
{
	wrong = what;
	return NULL;
}

static void *churn(void *arg)
{
	unsigned char seed = (unsigned char)(uintptr_t)arg;

	for (int i = 0; i < rounds; i++) {
		size_t n = (size_t)(seed * 31 + i * 17) % 61 + 1;
		unsigned char *p = cdm_aligned_alloc(i % 3 ? 0 : 1 << 16, n * page, NULL, i % 4 ? 0 : CDM_STRICT);

		if (!p || (i % 3 == 0 && (uintptr_t)p % (1 << 16)))
			return say_wrong("no block");
		for (size_t k = 0; k < n * page; k += 97)
			if (p[k])
				return say_wrong("not zero");
		memset(p, seed, n * page);
		if (i % 8 == 0 &&
		    (cdm_migrate(p, n * page, "system", NULL) < 0 || cdm_bind(p, n * page, NULL, CDM_MOVE) < 0))
			return say_wrong("not moved");
		for (size_t k = 0; k < n * page; k += 97)
			if (p[k] != seed)
				return say_wrong("damaged");
		if (cdm_free(p, n * page) < 0)
			return say_wrong("not freed");
	}
	return NULL;
}

static void threads(int n, int how_often)
{
	pthread_t thread[64];

	wrong = NULL;
	rounds = how_often;
	for (int i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, churn, (void *)(uintptr_t)(i + 1)) != 0)
			exit(1);
	for (int i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	puts(wrong ? wrong : "well");
}

/* Events ------------------------------------------------------------------------------------------------------------ */

static struct cdm_watch *watch;

/* Prints the next event within this many seconds, or "nothing". */
static void event(int seconds)
{
	static const char *const names[] = { [CDM_CAME] = "came", [CDM_LEAVING] = "leaving", [CDM_GONE] = "gone" };
	struct pollfd p = { .fd = cdm_watch_fd(watch), .events = POLLIN };
	time_t end = time(NULL) + seconds;
	struct cdm_event e;

	while (time(NULL) <= end && poll(&p, 1, seconds * 1000) > 0) {
		int r = cdm_watch_read(watch, &e);

		if (r == 0)
			continue;
		if (r > 0)
			printf("%s %d\n", names[e.kind], e.node);
		else
			answer(r);
		return;
	}
	puts("nothing");
}

static void command(const char *line)
{
	char verb[16] = "", name[64] = "", a[256] = "", b[64] = "", c[64] = "";
	struct block *block;

	if (sscanf(line, "%15s %63s %255s %63s %63s", verb, name, a, b, c) < 1)
		return;
	block = &blocks[name[0] & 127];
	if (strcmp(verb, "alloc") == 0) {
		size_t pages = strtoul(a, NULL, 0);
		char where_[64] = "", flags[16] = "", align[32] = "0";

		sscanf(line, "%*s %*s %*s %63s %15s %31s", where_, flags, align);
		told_address(block,
			     cdm_aligned_alloc(strtoul(align, NULL, 0), pages * page, place(where_), flags_of(flags)),
			     pages);
	} else if (strcmp(verb, "map") == 0) {
		void *p = mmap(NULL, strtoul(a, NULL, 0) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		told_address(block, p == MAP_FAILED ? NULL : p, strtoul(a, NULL, 0));
	} else if (strcmp(verb, "part") == 0) {
		size_t first = strtoul(b, NULL, 0);

		told_address(block, blocks[a[0] & 127].p + first * page, strtoul(c, NULL, 0));
	} else if (strcmp(verb, "touch") == 0) {
		touch(block);
	} else if (strcmp(verb, "zero") == 0) {
		zero(block);
	} else if (strcmp(verb, "free") == 0) {
		answer(cdm_free(block->p, block->pages * page));
	} else if (strcmp(verb, "bind") == 0) {
		answer(cdm_bind(block->p, block->pages * page, place(a), flags_of(b)));
	} else if (strcmp(verb, "unbind") == 0) {
		answer(cdm_unbind(block->p, block->pages * page, flags_of(a)));
	} else if (strcmp(verb, "migrate") == 0) {
		migrate(block, a);
	} else if (strcmp(verb, "where") == 0) {
		where(block);
	} else if (strcmp(verb, "count") == 0) {
		answer(cdm_count(block->p, block->pages * page, place(a)));
	} else if (strcmp(verb, "pin") == 0) {
		pin(block);
	} else if (strcmp(verb, "unpin") == 0) {
		unpin();
	} else if (strcmp(verb, "fork") == 0) {
		start_child();
	} else if (strcmp(verb, "reap") == 0) {
		end_child();
	} else if (strcmp(verb, "nodes") == 0) {
		nodes();
	} else if (strcmp(verb, "config") == 0) {
		answer(cdm_config(place(name)));
	} else if (strcmp(verb, "threads") == 0) {
		threads(atoi(name), atoi(a));
	} else if (strcmp(verb, "watch") == 0) {
		answer(cdm_watch_open(&watch));
	} else if (strcmp(verb, "event") == 0) {
		event(atoi(name));
	} else if (strcmp(verb, "unwatch") == 0) {
		cdm_watch_close(watch);
		watch = NULL;
		puts("unwatched");
	} else {
		puts("?");
	}
}

int main(void)
{
	char line[512];

	page = (size_t)sysconf(_SC_PAGESIZE);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n") != 0)
		command(line);
	return 0;
}
