/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moves the remaining pages off a node, and reports those that cannot be moved. */

#include "drain.h"

#include "basic/array.h"
#include "basic/printable.h"
#include "basic/strutil.h"
#include "worker.h"
#include "libcdm/kernel/residency.h"

#include <errno.h>
#include <sys/syscall.h>

#define NODE_DIR "sys/devices/system/node/node%d"
#define HOLDERS_SHOWN 4

struct holder {
	pid_t pid;
	uint64_t pages;
	char *why; /* it could not be read, so how many it has is unknown: the reason; owned; NULL: it was read */
};

struct holders {
	struct holder *v; /* those with most pages first, the unknown ones last */
	size_t n;
	size_t unknown; /* of the n */
};
#define HOLDERS_NONE ((struct holders){ 0 })

static void holders_free(struct holders *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->v[i].why);
	free(h->v);
	*h = HOLDERS_NONE;
}
#define _cleanup_holders_ _cleanup_(holders_free)

static int most_first(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return x->pages != y->pages ? (x->pages < y->pages) - (x->pages > y->pages) :
				      (x->pid > y->pid) - (x->pid < y->pid);
}

struct search {
	const struct root *root;
	struct nodeset nodes;
	struct holders found;
};

static int look_at(const char *name, uint64_t inode _unused_, void *arg)
{
	struct search *s = arg;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct holder *h;
	uint64_t pages = 0;
	int pid, r;

	if (parse_int(name, &pid) < 0)
		return 0;
	r = process_pages_on(s->root, pid, &s->nodes, &pages, &err);
	/* A process that has ended has no pages any more. */
	if (r == -ESRCH || (r >= 0 && pages == 0))
		return 0;
	h = GROW(s->found.v, s->found.n);
	if (!h)
		return -ENOMEM;
	*h = (struct holder){ .pid = pid, .pages = pages, .why = r < 0 ? strdup(error_text(&err)) : NULL };
	s->found.unknown += r < 0;
	return r < 0 && !h->why ? -ENOMEM : 0;
}

/* Finds the processes that have pages on the node, or may have. */
static int find_holders(const struct root *root, int node, struct holders *ret)
{
	struct search s = { .root = root, .nodes = nodeset_of(node), .found = HOLDERS_NONE };
	int r = root_each(root, look_at, &s, "proc");

	if (r < 0) {
		holders_free(&s.found);
		return r;
	}
	if (s.found.n)
		qsort(s.found.v, s.found.n, sizeof(*s.found.v), most_first);
	*ret = s.found;
	return 0;
}

struct draining {
	const struct root *root;
	int node;
	const struct nodeset *to;
};

static void move_away(void *arg)
{
	const struct draining *d = arg;
	const struct nodeset from = nodeset_of(d->node);
	struct node_use left = { 0 };
	_cleanup_holders_ struct holders h = HOLDERS_NONE;

	if (find_holders(d->root, d->node, &h) < 0)
		return;
	/* If the pid now belongs to another process, that one's pages must leave the node as well. */
	for (size_t i = 0; i < h.n; i++)
		(void)syscall(SYS_migrate_pages, h.v[i].pid, (unsigned long)NODESET_MAXNODE, from.bits, d->to->bits);
	/* Page cache that no process maps cannot be reached through processes. */
	if (node_use_read(d->root, d->node, &left, NULL) >= 0 && left.cache > 0)
		(void)root_write(d->root, "1", "proc/sys/vm/drop_caches");
}

int drain_node(const struct root *root, const struct snapshot *now, int node, unsigned limit_ms, struct error *err)
{
	struct draining d = { root, node, &now->classes->system };
	const struct worker worker = { root, now->cgroups, d.to, limit_ms, move_away, &d };
	_cleanup_error_ struct error why = ERROR_NONE;
	struct node_use use;
	int r = node_use_read(root, node, &use, err);

	if (r < 0 || node_use_sum(&use) == 0)
		return r;
	r = worker_run(&worker, &why);
	return r < 0 ? fail(err, r, "node %d: draining it from a fenced process: %s", node, error_text(&why)) : 0;
}

static void say_holder(FILE *f, const struct root *root, const struct holder *h)
{
	_cleanup_free_ char *comm = NULL, *shown = NULL;

	if (root_read_line(root, &comm, "proc/%d/comm", (int)h->pid) >= 0)
		shown = printable(comm);
	fprintf(f, "pid %d (%s) ", (int)h->pid, shown ? shown : "?");
	if (h->why)
		fprintf(f, "was not looked at (%s)", h->why);
	else
		fputs(SIZE_STR(h->pages * (uint64_t)sysconf(_SC_PAGESIZE)), f);
}

/* Names the first few of v. */
static void say_holders(FILE *f, const struct root *root, const struct holder *v, size_t n, const char **separator)
{
	for (size_t i = 0; i < n && i < HOLDERS_SHOWN; i++) {
		fputs(*separator, f);
		say_holder(f, root, &v[i]);
		*separator = ", ";
	}
	if (n > HOLDERS_SHOWN)
		fprintf(f, " and %zu more processes", n - HOLDERS_SHOWN);
}

/* What a process has that cannot be read is unknown: it is named as well as those that have most. */
static void say_processes(FILE *f, const struct root *root, int node, const char **separator)
{
	_cleanup_holders_ struct holders h = HOLDERS_NONE;
	const int r = find_holders(root, node, &h);
	const size_t known = h.n - h.unknown;

	if (r < 0) {
		fprintf(f, "%sthe processes cannot be listed (%s)", *separator, strerror(-r));
		*separator = ", ";
		return;
	}
	say_holders(f, root, h.v, known, separator);
	say_holders(f, root, h.v + known, h.unknown, separator);
}

static void say_bytes(FILE *f, const char *what, uint64_t bytes, const char **separator)
{
	if (bytes == 0)
		return;
	fprintf(f, "%s%s %s", *separator, what, SIZE_STR(bytes));
	*separator = ", ";
}

static void say_blocks(FILE *f, const struct topology *t, int node, const char **separator)
{
	size_t kernel = 0;

	for (size_t i = 0; i < t->n_blocks; i++)
		kernel += t->blocks[i].node == node && t->blocks[i].state == BLOCK_ONLINE &&
			  t->blocks[i].zone != ZONE_MOVABLE;
	if (kernel > 0) {
		fprintf(f, "%sblocks outside zone Movable, where memory of the kernel's may be: %zu", *separator, kernel);
		*separator = ", ";
	}
}

char *drain_left(const struct root *root, const struct topology *t, int node)
{
	const char *separator = "";
	_cleanup_error_ struct error why = ERROR_NONE;
	struct node_use use = { 0 };
	uint64_t used, poisoned = 0;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int r;

	if (!f)
		return NULL;
	r = node_use_read(root, node, &use, &why);
	used = node_use_sum(&use);
	if (r < 0 && r != -ENOENT)
		fprintf(f, "how much stays is unknown (%s): ", error_text(&why));
	else if (used > 0)
		fprintf(f, "%s stay: ", SIZE_STR(used));
	if (used > 0 || (r < 0 && r != -ENOENT))
		say_processes(f, root, node, &separator);
	say_bytes(f, "huge pages in use", use.huge, &separator);
	say_bytes(f, "page cache", use.cache, &separator);
	say_bytes(f, "shared memory", use.shmem, &separator);
	say_blocks(f, t, node, &separator);
	(void)root_read_u64(root, &poisoned, NODE_DIR "/memory_failure/total", node);
	if (poisoned > 0)
		fprintf(f, "%spoisoned pages: %llu", separator, (unsigned long long)poisoned);
	if (fclose(f) != 0 || !*text) {
		free(text);
		return NULL;
	}
	return text;
}
