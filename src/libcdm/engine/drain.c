/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moves the remaining pages off a node, and reports those that cannot be moved. */

#include "drain.h"

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
};

struct holders {
	struct holder *v;
	size_t n;
};

/* Base pages that the process has on these nodes; 0 if it cannot be read, or has ended. */
static uint64_t pages_of(const struct root *root, pid_t pid, const struct nodeset *nodes)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	uint64_t pages = 0;
	size_t len;

	if (root_read(root, &text, &len, "proc/%d/numa_maps", (int)pid) < 0 || numa_maps_parse(text, len, &vmas) < 0)
		return 0;
	for (size_t i = 0; i < vmas.n; i++)
		pages += vma_pages_on(&vmas.v[i], nodes);
	return pages;
}

static int most_first(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return x->pages != y->pages ? (x->pages < y->pages) - (x->pages > y->pages) :
				      (x->pid > y->pid) - (x->pid < y->pid);
}

/* Finds the processes with pages on the node. The caller frees ret->v. */
static int find_holders(const struct root *root, int node, struct holders *ret)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	_cleanup_free_ struct holder *v = NULL;
	const struct nodeset nodes = nodeset_of(node);
	size_t n = 0;
	int r = root_list(root, &names, "proc");

	if (r < 0)
		return r;
	v = calloc(names.n ? names.n : 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < names.n; i++) {
		int pid;

		if (parse_int(names.s[i], &pid) < 0)
			continue;
		v[n] = (struct holder){ pid, pages_of(root, pid, &nodes) };
		n += v[n].pages > 0;
	}
	qsort(v, n, sizeof(*v), most_first);
	*ret = (struct holders){ TAKE_PTR(v), n };
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
	struct holders h = { 0 };

	if (find_holders(d->root, d->node, &h) < 0)
		return;
	/* If the pid now belongs to another process, that one's pages must leave the node as well. */
	for (size_t i = 0; i < h.n; i++)
		(void)syscall(SYS_migrate_pages, h.v[i].pid, (unsigned long)NODESET_MAXNODE, from.bits, d->to->bits);
	free(h.v);
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

static void say_holders(FILE *f, const struct root *root, const struct holders *h, const char **separator)
{
	for (size_t i = 0; i < h->n && i < HOLDERS_SHOWN; i++) {
		_cleanup_free_ char *comm = NULL, *shown = NULL;

		if (root_read_line(root, &comm, "proc/%d/comm", (int)h->v[i].pid) >= 0)
			shown = printable(comm);
		fprintf(f, "%spid %d (%s) %s", *separator, (int)h->v[i].pid, shown ? shown : "?",
			SIZE_STR(h->v[i].pages * (uint64_t)sysconf(_SC_PAGESIZE)));
		*separator = ", ";
	}
	if (h->n > HOLDERS_SHOWN)
		fprintf(f, " and %zu more processes", h->n - HOLDERS_SHOWN);
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
	struct holders h = { 0 };
	struct node_use use = { 0 };
	uint64_t used, poisoned = 0;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	(void)node_use_read(root, node, &use, NULL);
	used = node_use_sum(&use);
	if (used > 0) {
		(void)find_holders(root, node, &h);
		fprintf(f, "%s stay: ", SIZE_STR(used));
	}
	say_holders(f, root, &h, &separator);
	free(h.v);
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
