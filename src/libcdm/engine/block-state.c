/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Brings memory blocks online and takes them offline. */

#include "block-state.h"

#include "basic/strutil.h"
#include "worker.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#define BLOCK_DIR "sys/devices/system/memory/memory%" PRIu64

/* Pause between two attempts: a short-lived pin of a page is gone by then. */
#define AGAIN_MS 50

static int write_block(const struct root *root, uint64_t id, const char *value)
{
	int r = root_write(root, value, BLOCK_DIR "/state", id);

	/* A block that went with its device is no failure. */
	return r < 0 && !root_exists(root, BLOCK_DIR, id) ? -ENOENT : r;
}

/* How many blocks refused, and the first of them. */
struct refusals {
	unsigned tried, refused;
	uint64_t first;
	int why;
};

static void note(struct refusals *f, uint64_t id, int r)
{
	f->tried++;
	if (r >= 0 || r == -ENOENT)
		return;
	if (f->refused++ == 0) {
		f->first = id;
		f->why = r;
	}
}

int blocks_bring_online(const struct root *root, const struct snapshot *now, const struct step *s, struct state *state,
			struct error *err)
{
	const struct topology *t = now->topology;
	struct refusals f = { 0 };

	for (size_t i = 0; i < t->n_blocks; i++) {
		const struct block *b = &t->blocks[s->highest_first ? t->n_blocks - 1 - i : i];
		int r;

		if (!idset_has(&s->blocks, b->id))
			continue;
		r = write_block(root, b->id, mmop_name(s->mmop));
		if (r >= 0)
			/* If memory runs out here, the only effect is that teardown leaves this block online. */
			(void)(idset_add(&state->onlined, b->id) + idset_add(&state->was_online, b->id));
		note(&f, b->id, r);
	}
	if (f.refused == 0)
		return 0;
	return fail(err, f.why, "node %d: %u of %u memory blocks refused \"%s\", first memory%" PRIu64 ": %m", s->node,
		    f.refused, f.tried, mmop_name(s->mmop), f.first);
}

/* The child's work. `results` is shared; for each block: 1 not tried, 0 done, or a negative errno. */
struct offlining {
	const struct root *root;
	const uint64_t *ids;
	int *results;
	size_t n;
};

static void take_offline(void *arg)
{
	const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
	struct offlining *o = arg;
	bool open = true;

	/* Until all blocks are offline, or the parent kills this process. */
	while (open) {
		open = false;
		for (size_t i = 0; i < o->n; i++) {
			if (o->results[i] == 0 || o->results[i] == -ENOENT)
				continue;
			/*
			 * If this process is killed during the write, the result must say that this block hung:
			 * offline_pages() repeats until a signal.
			 */
			o->results[i] = -EBUSY;
			o->results[i] = write_block(o->root, o->ids[i], mmop_name(MMOP_OFFLINE));
			open |= o->results[i] < 0 && o->results[i] != -ENOENT;
		}
		if (open)
			nanosleep(&pause, NULL);
	}
}

static int run_offlining(const struct snapshot *now, const struct step *s, struct offlining *o, unsigned limit_ms,
			 struct error *err)
{
	const struct worker worker = { o->root, now->cgroups, &now->classes->system, limit_ms, take_offline, o };
	_cleanup_error_ struct error why = ERROR_NONE;
	struct refusals f = { 0 };
	int r = worker_run(&worker, &why);

	if (r < 0)
		return fail(err, r, "node %d: taking it offline from a fenced process: %s", s->node, error_text(&why));
	for (size_t i = 0; i < o->n; i++)
		note(&f, o->ids[i], o->results[i] > 0 ? -EBUSY : o->results[i]);
	if (f.refused == 0)
		return 0;
	return fail(err, -EBUSY, "node %d: %u of %u memory blocks would not go offline within %u ms, first memory%" PRIu64,
		    s->node, f.refused, f.tried, limit_ms, f.first);
}

int blocks_take_offline(const struct root *root, const struct snapshot *now, const struct step *s, unsigned limit_ms,
			struct error *err)
{
	const struct topology *t = now->topology;
	size_t size = t->n_blocks * sizeof(int);
	_cleanup_free_ uint64_t *ids = calloc(t->n_blocks, sizeof(*ids));
	struct offlining o = { .root = root, .ids = ids, .results = worker_alloc(size) };
	int r = 0;

	if (!ids || !o.results)
		r = fail(err, -ENOMEM, "%m");
	for (size_t i = t->n_blocks; r == 0 && i-- > 0;) {
		if (!idset_has(&s->blocks, t->blocks[i].id))
			continue;
		o.results[o.n] = 1;
		ids[o.n++] = t->blocks[i].id;
	}
	if (r == 0 && o.n > 0)
		r = run_offlining(now, s, &o, limit_ms, err);
	worker_free(o.results, size);
	return r;
}
