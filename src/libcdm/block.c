/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "block.h"

#include "basic/strutil.h"

#include <errno.h>
#include <inttypes.h>

#define MEMORY_DIR "sys/devices/system/memory"

static void blocks_free(struct blocks *b)
{
	free(b->v);
}

static int blocks_add(struct blocks *b, uint64_t id, int node)
{
	/* Doubling at the powers of two: a big machine has tens of thousands. */
	if ((b->n & (b->n - 1)) == 0) {
		struct block *grown = reallocarray(b->v, b->n ? b->n * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		b->v = grown;
	}
	b->v[b->n++] = (struct block){ .id = id, .node = node };
	return 0;
}

/* Adds a block for every "memoryID" in a directory. -ENOENT: there is no such directory. */
static int blocks_list(const struct root *root, const char *dir, int node, struct blocks *b)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r = root_list(root, &names, "%s", dir);

	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *digits = after_prefix(names.s[i], "memory");
		uint64_t id;

		if (digits && parse_u64(digits, &id) == 0)
			r = blocks_add(b, id, node);
	}
	return r;
}

/* By id; of the claims on one block the lowest node's first, no node's last. */
static int compare(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return ((unsigned)x->node > (unsigned)y->node) - ((unsigned)x->node < (unsigned)y->node);
}

/*
 * A block is listed by its node and by the memory subsystem; one that spans nodes is listed by each of them
 * (register_mem_block_under_node_early()).
 */
static void blocks_unique(struct blocks *b)
{
	size_t n = 0;

	if (b->n > 1)
		qsort(b->v, b->n, sizeof(*b->v), compare);
	for (size_t i = 0; i < b->n; i++)
		if (n == 0 || b->v[n - 1].id != b->v[i].id)
			b->v[n++] = b->v[i];
	b->n = n;
}

static bool is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

static int read_zone(const struct root *root, struct block *b)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read_line(root, &text, MEMORY_DIR "/memory%" PRIu64 "/valid_zones", b->id);

	/* Without CONFIG_MEMORY_HOTREMOVE there is no such file, and kernel memory anywhere. */
	if (r == -ENOENT && root_exists(root, MEMORY_DIR "/memory%" PRIu64 "/state", b->id)) {
		b->zone = ZONE_KERNEL;
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
	int r = root_read_line(root, &state, MEMORY_DIR "/memory%" PRIu64 "/state", b->id);

	if (r < 0)
		return r;
	b->state = streq(state, "online")        ? BLOCK_ONLINE :
		   streq(state, "going-offline") ? BLOCK_GOING_OFFLINE :
						   BLOCK_OFFLINE;
	return b->state == BLOCK_ONLINE ? read_zone(root, b) : 0;
}

int blocks_read(const struct root *root, const struct nodeset *possible, struct blocks *ret, struct nodeset *ret_exists,
		struct error *err)
{
	_cleanup_(blocks_free) struct blocks b = { 0 };
	struct nodeset exists = NODESET_EMPTY;
	size_t n = 0;
	int r;

	NODESET_FOREACH(node, possible) {
		char dir[64];

		snprintf(dir, sizeof(dir), "sys/devices/system/node/node%d", node);
		r = blocks_list(root, dir, node, &b);
		if (r < 0 && !is_gone(r))
			return fail(err, r, "/%s: %m", dir);
		if (r >= 0)
			nodeset_add(&exists, node);
	}
	r = blocks_list(root, MEMORY_DIR, -1, &b);
	if (r < 0 && !is_gone(r))
		return fail(err, r, "/" MEMORY_DIR ": %m");
	blocks_unique(&b);
	for (size_t i = 0; i < b.n; i++) {
		r = block_read(root, &b.v[i]);
		if (r < 0 && !is_gone(r))
			return fail(err, r, "/" MEMORY_DIR "/memory%" PRIu64 ": %m", b.v[i].id);
		if (r >= 0)
			b.v[n++] = b.v[i];
	}
	b.n = n;
	*ret = TAKE(b, (struct blocks){ 0 });
	*ret_exists = exists;
	return 0;
}
