/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory blocks as sysfs shows them. */

#include "memory-block.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>
#include <inttypes.h>

#define MEMORY_DIR "sys/devices/system/memory"

static void blocks_free(struct blocks *b)
{
	free(b->v);
}

static int blocks_add(struct blocks *b, uint32_t id, int node)
{
	if (!RESERVE(b->v, b->n))
		return -ENOMEM;
	b->v[b->n++] = (struct block){ .id = id, .node = node };
	return 0;
}

/* Sorted by id; if several nodes list a block, the lowest node comes first. */
static bool is_before(const struct block *x, const struct block *y)
{
	return x->id < y->id || (x->id == y->id && x->node < y->node);
}

static void sift_down(struct block *v, size_t i, size_t n)
{
	struct block b = v[i];

	for (size_t child = 2 * i + 1; child < n; i = child, child = 2 * i + 1) {
		if (child + 1 < n && is_before(&v[child], &v[child + 1]))
			child++;
		if (!is_before(&b, &v[child]))
			break;
		v[i] = v[child];
	}
	v[i] = b;
}

/* A heapsort, since glibc's qsort() would need the same amount of memory again. */
static void blocks_sort(struct blocks *b)
{
	for (size_t i = b->n / 2; i-- > 0;)
		sift_down(b->v, i, b->n);
	for (size_t n = b->n; n-- > 1;) {
		struct block greatest = b->v[0];

		b->v[0] = b->v[n];
		b->v[n] = greatest;
		sift_down(b->v, 0, n);
	}
}

/* A block that spans nodes is listed by each of them (register_mem_block_under_node_early()). */
static void blocks_unique(struct blocks *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (n == 0 || b->v[n - 1].id != b->v[i].id)
			b->v[n++] = b->v[i];
	b->n = n;
}

static bool has_block(const struct block *v, size_t n, uint64_t id)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (v[middle].id == id)
			return true;
		if (v[middle].id < id)
			low = middle + 1;
		else
			n = middle;
	}
	return false;
}

/* A pass over one directory. The first `claimed` blocks are sorted, and are not added again. */
struct listing {
	struct blocks *b;
	size_t claimed;
	int node;
	struct nodeset with_cpus;
};

/* "cpu0", and neither "cpulist" nor "cpumap". */
static bool is_cpu(const char *name)
{
	const char *digits = after_prefix(name, "cpu");
	uint64_t id;

	return digits && parse_u64(digits, &id) == 0;
}

static int list_block(const char *name, uint64_t inode, void *arg)
{
	const char *digits = after_prefix(name, "memory");
	struct listing *l = arg;
	uint64_t id;

	if (l->node >= 0 && !digits && is_cpu(name))
		nodeset_add(&l->with_cpus, l->node);
	if (!digits || parse_u64(digits, &id) < 0 || id > UINT32_MAX)
		return 0;
	/* Only of directories: a node's entries are links, with inodes of their own. */
	if (l->node < 0 && inode > l->b->newest)
		l->b->newest = inode;
	return has_block(l->b->v, l->claimed, id) ? 0 : blocks_add(l->b, (uint32_t)id, l->node);
}

static bool is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

static int read_zone(const struct root *root, struct block *b)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read_line(root, &text, MEMORY_DIR "/memory%" PRIu32 "/valid_zones", b->id);

	/* A kernel without CONFIG_MEMORY_HOTREMOVE has no such file. */
	if (r == -ENOENT && root_exists(root, MEMORY_DIR "/memory%" PRIu32 "/state", b->id)) {
		b->zone = ZONE_UNKNOWN;
		return 0;
	}
	if (r < 0)
		return r;
	text[strcspn(text, " ")] = '\0';
	/* valid_zones_show() says "none" for an online block that spans zones. */
	b->zone = streq(text, "Movable") ? ZONE_MOVABLE : streq(text, "none") ? ZONE_MIXED : ZONE_KERNEL;
	return 0;
}

static int block_read(const struct root *root, struct block *b)
{
	_cleanup_free_ char *state = NULL;
	int r = root_inode(root, &b->inode, MEMORY_DIR "/memory%" PRIu32, b->id);

	if (r >= 0)
		r = root_read_line(root, &state, MEMORY_DIR "/memory%" PRIu32 "/state", b->id);
	if (r < 0)
		return r;
	b->state = streq(state, "online")        ? BLOCK_ONLINE :
		   streq(state, "going-offline") ? BLOCK_GOING_OFFLINE :
						   BLOCK_OFFLINE;
	return b->state == BLOCK_ONLINE ? read_zone(root, b) : 0;
}

static bool is_ordinary(const struct topology *t, int node)
{
	return node >= 0 && nodeset_has(&t->has_cpu, node) && nodeset_has(&t->has_memory, node);
}

int blocks_read(const struct root *root, const struct topology *t, bool brief, struct blocks *ret,
		struct listed *ret_listed, struct error *err)
{
	_cleanup_(blocks_free) struct blocks b = { 0 };
	struct listed listed = { 0 };
	struct listing claimed = { .b = &b };
	size_t n = 0;
	int r;

	NODESET_FOREACH(node, &t->possible) {
		claimed.node = node;
		r = root_each(root, list_block, &claimed, "sys/devices/system/node/node%d", node);
		if (r < 0 && !is_gone(r))
			return fail(err, r, "/sys/devices/system/node/node%d: %m", node);
		if (r >= 0)
			nodeset_add(&listed.exists, node);
	}
	blocks_sort(&b);
	blocks_unique(&b);
	r = root_each(root, list_block, &(struct listing){ .b = &b, .claimed = b.n, .node = -1 }, MEMORY_DIR);
	if (r < 0 && !is_gone(r))
		return fail(err, r, "/" MEMORY_DIR ": %m");
	blocks_sort(&b);
	for (size_t i = 0; i < b.n; i++) {
		r = 0;
		if (brief && is_ordinary(t, b.v[i].node)) {
			b.v[i].state = BLOCK_ONLINE;
			b.v[i].zone = ZONE_KERNEL;
		} else {
			r = block_read(root, &b.v[i]);
		}
		if (r < 0 && !is_gone(r))
			return fail(err, r, "/" MEMORY_DIR "/memory%" PRIu32 ": %m", b.v[i].id);
		if (r >= 0)
			b.v[n++] = b.v[i];
	}
	b.n = n;
	*ret = TAKE(b, (struct blocks){ 0 });
	listed.with_cpus = claimed.with_cpus;
	*ret_listed = listed;
	return 0;
}
