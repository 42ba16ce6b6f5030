/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes the size of a pool of huge pages, from a child that may use every node. */

#include "hugetlb-resize.h"

#include "basic/strutil.h"
#include "libcdm/kernel/hugetlb.h"
#include "worker.h"

#include <errno.h>
#include <time.h>

/*
 * 6.1 registers a node's pools some time after its memory is online (node_hugetlb_work()): how long to wait for that.
 */
#define APPEARS_MS 2000
#define LOOK_MS 10

struct outcome {
	int r;
	uint64_t pages;
};

struct setting {
	const struct root *root;
	int node;
	uint64_t kib, pages;
	struct outcome *got; /* shared */
};

static void set(void *arg)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	struct setting *s = arg;
	char number[24];

	for (unsigned waited = 0;
	     !root_exists(s->root, POOL_FILE, s->node, s->kib, "nr_hugepages") && waited < APPEARS_MS; waited += LOOK_MS)
		nanosleep(&pause, NULL);
	snprintf(number, sizeof(number), "%" PRIu64, s->pages);
	s->got->r = root_write(s->root, number, POOL_FILE, s->node, s->kib, "nr_hugepages");
	if (s->got->r >= 0)
		s->got->r = root_read_u64(s->root, &s->got->pages, POOL_FILE, s->node, s->kib, "nr_hugepages");
}

int hugepages_set(const struct root *root, const struct cgroups *cgroups, int node, uint64_t page_size, uint64_t pages,
		  unsigned limit_ms, uint64_t *ret, struct error *err)
{
	struct setting s = { root, node, page_size / 1024, pages, worker_alloc(sizeof(*s.got)) };
	const struct worker worker = { .root = root, .cgroups = cgroups, .limit_ms = limit_ms, .fn = set, .arg = &s };
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = s.got ? worker_run(&worker, &why) : fail(&why, -ENOMEM, "%m");

	/* The child was killed: read how far it got. */
	if (r == 1)
		s.got->r = root_read_u64(root, &s.got->pages, POOL_FILE, node, s.kib, "nr_hugepages");
	if (r >= 0 && s.got->r < 0)
		r = fail(&why, s.got->r, "%m");
	if (r >= 0)
		*ret = s.got->pages;
	else
		fail(err, r, "node %d: its huge pages of %s: %s", node, SIZE_STR(page_size), error_text(&why));
	worker_free(s.got, sizeof(*s.got));
	return r;
}
