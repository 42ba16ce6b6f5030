/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sets the policies of an attached process by calls that it is made to execute, and undoes them. */

#include "attach-internal.h"

#include "tracee.h"

#include "basic/array.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Layout of the page: the nodes for the kernel to read, then the nodes and the mode that the kernel writes. */
#define NODES_AT 0
#define OLD_NODES_AT sizeof(struct nodeset)
#define OLD_MODE_AT (2 * sizeof(struct nodeset))

#define CALL(...) (&(struct call){ __VA_ARGS__ })

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The page --------------------------------------------------------------------------------------------------------- */

static int make_page(struct attach *a, struct attached *t)
{
	return attach_call(a, t,
			   CALL(.nr = SYS_mmap, .args = { 0, page_size(), PROT_READ | PROT_WRITE,
							  MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0 }),
			   &a->scratch);
}

static int write_nodes(const struct attach *a, const struct attached *t, const struct nodeset *nodes)
{
	return tracee_poke(t->tid, a->scratch + NODES_AT, nodes->bits, sizeof(nodes->bits) / sizeof(nodes->bits[0]));
}

static int read_policy(const struct attach *a, const struct attached *t, int *ret_mode, struct nodeset *ret_nodes)
{
	struct nodeset nodes;
	unsigned long mode;
	int r = tracee_peek(t->tid, a->scratch + OLD_MODE_AT, &mode);

	for (size_t i = 0; i < sizeof(nodes.bits) / sizeof(nodes.bits[0]) && r >= 0; i++)
		r = tracee_peek(t->tid, a->scratch + OLD_NODES_AT + i * sizeof(nodes.bits[0]), &nodes.bits[i]);
	if (r < 0)
		return r;
	*ret_mode = (int)mode;
	*ret_nodes = nodes;
	return 0;
}

/*
 * Reads the policy at an address, or, without flags, that of the thread; with the nodes that it was set with
 * (do_get_mempolicy()).
 */
static int get_policy(struct attach *a, struct attached *t, uint64_t at, unsigned flags, int *ret_mode,
		      struct nodeset *ret_nodes)
{
	int r = attach_call(a, t,
			    CALL(.nr = SYS_get_mempolicy, .args = { a->scratch + OLD_MODE_AT, a->scratch + OLD_NODES_AT,
								    NODESET_MAXNODE, at, flags }),
			    NULL);

	return r < 0 ? r : read_policy(a, t, ret_mode, ret_nodes);
}

/* The default policy takes no nodes. */
static int set_task(struct attach *a, struct attached *t, int mode, const struct nodeset *nodes)
{
	const bool none = mode == MPOL_DEFAULT;
	int r = none ? 0 : write_nodes(a, t, nodes);

	return r < 0 ? r :
		       attach_call(a, t,
				   CALL(.nr = SYS_set_mempolicy, .args = { (uint64_t)mode, none ? 0 : a->scratch + NODES_AT,
									   none ? 0 : NODESET_MAXNODE }),
				   NULL);
}

static int bind(struct attach *a, uint64_t start, uint64_t size, int mode, const struct nodeset *nodes)
{
	struct attached *t = attach_speaker(a);
	const bool none = mode == MPOL_DEFAULT;
	int r = !t ? -ESRCH : none ? 0 : write_nodes(a, t, nodes);

	return r < 0 ? r :
		       attach_call(a, t,
				   CALL(.nr = SYS_mbind,
					.args = { start, size, (uint64_t)mode, none ? 0 : a->scratch + NODES_AT,
						  none ? 0 : NODESET_MAXNODE, 0 }),
				   NULL);
}

static int need_page(struct attach *a, struct error *err)
{
	struct attached *t = attach_speaker(a);
	int r = a->scratch ? 0 : t ? make_page(a, t) : -ESRCH;

	if (r == -ESRCH)
		return fail(err, r, "process %d: has ended", (int)a->pid);
	return r < 0 ? fail(err, r, "process %d: mapping a page in it for node masks: %m", (int)a->pid) : 0;
}

/* Task policies ---------------------------------------------------------------------------------------------------- */

static int change_task(struct attach *a, struct attached *t, const struct nodeset *nodes, const int *modes, size_t n_modes)
{
	int old_mode, r = get_policy(a, t, 0, 0, &old_mode, &t->old_nodes);

	if (r < 0)
		return r;
	t->old_mode = old_mode;
	r = -EINVAL;
	for (size_t i = 0; i < n_modes && r == -EINVAL; i++)
		r = set_task(a, t, modes[i], nodes);
	t->has_policy = r >= 0;
	return r;
}

int attach_set_task(struct attach *a, const struct nodeset *nodes, const int *modes, size_t n_modes, struct error *err)
{
	int r = need_page(a, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < a->n && r >= 0; i++) {
		struct attached *t = &a->v[i];

		if (t->state != ATTACHED_STANDS)
			continue;
		r = change_task(a, t, nodes, modes, n_modes);
		if (r == -EINVAL)
			fail(err, r, "process %d: its cpuset allows none of the system nodes (%s)", (int)a->pid,
			     NODESET_STR(nodes));
		else if (r < 0)
			fail(err, r, "process %d: task policy of thread %d: BIND to node %s: %m", (int)a->pid,
			     (int)t->tid, NODESET_STR(nodes));
	}
	return r < 0 ? r : attach_speaker(a) ? 0 : fail(err, -ESRCH, "process %d: has ended", (int)a->pid);
}

/* Ranges ----------------------------------------------------------------------------------------------------------- */

int attach_try(struct attach *a, const struct placement_target *target, struct error *err)
{
	int r = need_page(a, err);

	if (r < 0)
		return r;
	r = bind(a, a->scratch, page_size(), policy_mode(target->policy), &target->nodes);
	return r < 0 ? fail(err, r, "process %d: binding to node %s: %m", (int)a->pid, NODESET_STR(&target->nodes)) : 0;
}

static int remember(struct attach *a, const struct map *range)
{
	struct attached *t = attach_speaker(a);

	if (!t)
		return -ESRCH;
	if (!RESERVE(a->bound, a->n_bound))
		return -ENOMEM;
	a->bound[a->n_bound] = (struct bound){ .start = range->start, .size = range->end - range->start };
	return get_policy(a, t, range->start, MPOL_F_ADDR, &a->bound[a->n_bound].old_mode, &a->bound[a->n_bound].old_nodes);
}

int attach_bind(struct attach *a, const struct map *range, const struct placement_target *target,
		const struct nodeset *devices, struct error *err)
{
	int r = need_page(a, err);
	const struct bound *old;

	if (r < 0)
		return r;
	r = remember(a, range);
	if (r >= 0) {
		old = &a->bound[a->n_bound];
		/*
		 * For a VMA without a policy get_mempolicy(2) returns MPOL_DEFAULT, whatever the task policy is
		 * (do_get_mempolicy()).
		 */
		if (old->old_mode != MPOL_DEFAULT && !nodeset_intersects(&old->old_nodes, devices))
			return 0;
		r = bind(a, range->start, range->end - range->start, policy_mode(target->policy), &target->nodes);
	}
	if (r < 0)
		return fail(err, r, "process %d: binding %llx-%llx to node %s: %m", (int)a->pid,
			    (unsigned long long)range->start, (unsigned long long)range->end, NODESET_STR(&target->nodes));
	a->n_bound++;
	return 1;
}

int attach_undo(struct attach *a, struct error *err)
{
	int r = attach_speaker(a) ? need_page(a, err) : 0, w;

	if (r < 0)
		return r;
	for (size_t i = 0; i < a->n_bound; i++) {
		w = bind(a, a->bound[i].start, a->bound[i].size, a->bound[i].old_mode, &a->bound[i].old_nodes);
		r = r < 0 ? r : w;
	}
	a->n_bound = 0;
	for (size_t i = 0; i < a->n; i++) {
		struct attached *t = &a->v[i];

		if (t->state != ATTACHED_STANDS || !t->has_policy)
			continue;
		w = set_task(a, t, t->old_mode, &t->old_nodes);
		t->has_policy = w < 0;
		r = r < 0 ? r : w;
	}
	if (r == -ESRCH && !attach_speaker(a))
		return 0;
	return r < 0 ? fail(err, r, "process %d: restoring a policy: %m", (int)a->pid) : 0;
}

int attach_finish(struct attach *a, struct error *err)
{
	struct attached *t = attach_speaker(a);
	int r = 0;

	if (a->scratch && t)
		r = attach_call(a, t, CALL(.nr = SYS_munmap, .args = { a->scratch, page_size() }), NULL);
	a->scratch = 0;
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].state != ATTACHED_STANDS || !a->v[i].is_moved)
			continue;
		/* A thread that was killed meanwhile needs nothing more. */
		if (attach_park(a, &a->v[i]) < 0)
			a->v[i].state = ATTACHED_GONE;
		a->v[i].is_moved = false;
	}
	if (!attach_speaker(a))
		return fail(err, -ESRCH, "process %d: has ended", (int)a->pid);
	return r < 0 ? fail(err, r, "process %d: unmapping the page for node masks: %m", (int)a->pid) : 0;
}
