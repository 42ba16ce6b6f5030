/* SPDX-License-Identifier: GPL-2.0-or-later */

/* --attach: places a running process. The side effects come in a fixed order, and each can be undone. */

#include "launch-attach.h"

#include "basic/output.h"
#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/kernel/mempolicy.h"

#include <errno.h>
#include <sys/syscall.h>

static int check_rule(const struct rule *rule, struct error *err)
{
	_cleanup_free_ char *text = rule_text(rule);
	const char *what = rule->asks.globs[PLACEMENT_CALLER] ? "caller" :
			   rule->asks.globs[PLACEMENT_SYMBOL] ? "symbol" :
			   rule->has_home                     ? "home" :
			   rule->thp                          ? "thp" :
								NULL;

	return what ? fail(err, -EOPNOTSUPP, "rule '%s': \"%s\" does not go with --attach: leave it out",
			   text ? text : "", what) :
		      0;
}

int launch_check_attach(const struct launch *l, const struct root *root, struct error *err)
{
	int r = attach_check(root, l->attach, err);

	for (size_t i = 0; i < l->rules.n && r >= 0; i++)
		r = check_rule(&l->rules.v[i], err);
	return r;
}

/* The ranges to bind ----------------------------------------------------------------------------------------------- */

int ranges_read(const struct launch *l, struct attach *a, struct ranges *ret, struct error *err)
{
	_cleanup_ranges_ struct ranges ranges = RANGES_NONE;
	int r = attach_maps(a, &ranges.maps, err);

	if (r < 0)
		return r;
	ranges.v = calloc(ranges.maps.n + 1, sizeof(*ranges.v));
	if (!ranges.v)
		return fail(err, -ENOMEM, "%m");
	for (size_t i = 0; i < ranges.maps.n; i++) {
		int rule = map_rule(&l->place, &ranges.maps.v[i]);

		if (rule >= 0 && l->place.rules[rule].allow)
			ranges.v[ranges.n++] = (struct range){ &ranges.maps.v[i], (unsigned)rule };
	}
	*ret = TAKE(ranges, RANGES_NONE);
	return 0;
}

void ranges_free(struct ranges *r)
{
	maps_free(&r->maps);
	free(r->v);
	*r = RANGES_NONE;
}

/* Carrying it out -------------------------------------------------------------------------------------------------- */

/* What has been done so far. */
struct attaching {
	const struct launch *l;
	struct cgroup_ctl *ctl;
	struct attach *process;
	struct ranges ranges;
	char *before, *cgroup; /* of the process; before is NULL until it has been moved */
	size_t kept;           /* ranges that the program itself has bound */
	uint64_t bytes;        /* bytes that are bound */
};

static int write_procs(const struct attaching *a, pid_t pid, const char *path)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	return root_write(a->ctl->root, number, "%s/%s/cgroup.procs", a->ctl->mount, path);
}

static int move_in(struct attaching *a, struct error *err)
{
	const struct launch *l = a->l;
	_cleanup_free_ char *before = NULL;
	const struct cgroups where = { .world = a->ctl->world, .mount = a->ctl->mount };
	int r = cgroup_of_pid(a->ctl->root, &where, l->attach, &before, err);

	if (r < 0)
		return r;
	if (l->inside) {
		a->cgroup = TAKE_PTR(before);
		return launch_verify(l, a->ctl, a->cgroup, err);
	}
	r = cgroup_enter(a->ctl, l->attach, l->group, &l->mems, &a->cgroup, err);
	if (r < 0 && geteuid() != 0)
		fail_prefix(err, r,
			    "process %d: an unprivileged user needs a group that is delegated to him, since cdmd moves a "
			    "process only at its own request",
			    l->attach);
	if (r < 0)
		return r;
	a->before = TAKE_PTR(before);
	return launch_verify(l, a->ctl, a->cgroup, err);
}

/*
 * The kernel allocates the new pages on behalf of the caller of move_pages(2), so cdm-launch must be allowed the nodes
 * too (alloc_migration_target(), mm/migrate.c): it joins the cgroup of the process until it ends. Its task policy keeps
 * its own memory off the device.
 */
static int join(const struct attaching *a, struct error *err)
{
	int r = policy_set_task(&a->l->system, false);

	if (r >= 0)
		r = write_procs(a, getpid(), a->cgroup);
	return r < 0 ? fail(err, r, "cgroup /%s: entering it, to move pages there: %m", a->cgroup) : 0;
}

static int set_task(const struct attaching *a, struct error *err)
{
	int modes[POLICY_TASK_MODES];
	const size_t n = policy_task_modes(a->l->balancing, modes);

	return attach_set_task(a->process, &a->l->system, modes, n, err);
}

static int try_targets(const struct attaching *a, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < a->l->place.n_targets && r >= 0; i++) {
		r = attach_try(a->process, &a->l->place.targets[i], err);
		if (r == -EINVAL)
			fail_prefix(err, r, "--policy %s: this kernel does not know it, or none of its nodes is online",
				    policy_name(a->l->place.targets[i].policy));
	}
	return r;
}

static int bind_ranges(struct attaching *a, struct error *err)
{
	for (size_t i = 0; i < a->ranges.n; i++) {
		const struct range *range = &a->ranges.v[i];
		int r = attach_bind(a->process, range->map, rule_target(&a->l->place, range->rule), &a->l->devices, err);

		if (r < 0)
			return r;
		if (r > 0)
			a->bytes += range->map->end - range->map->start;
		else
			a->ranges.v[i].map = NULL;
		a->kept += r == 0;
	}
	return 0;
}

/* Restores everything; an error that prevents this is added to the message. */
static void undo(struct attaching *a, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	const int code = err->code;

	if (attach_undo(a->process, &why) < 0)
		fail_prefix(err, code, "%s; and before that", error_text(&why));
	if (!a->before)
		return;
	if (write_procs(a, a->l->attach, a->before) < 0)
		fail_prefix(err, code,
			    "process %d: is left in cgroup /%s, for it cannot be put back into /%s; and before that",
			    a->l->attach, a->cgroup, a->before);
	else if (leaf_is_ours(a->cgroup))
		(void)cgroup_remove(a->ctl, a->cgroup, NULL);
	err->code = code;
}

/* Does all of this or nothing. */
static int place(struct attaching *a, struct error *err)
{
	int r = ranges_read(a->l, a->process, &a->ranges, err);

	if (r >= 0)
		r = set_task(a, err);
	if (r >= 0)
		r = move_in(a, err);
	if (r >= 0 && a->l->move)
		r = join(a, err);
	if (r >= 0)
		r = try_targets(a, err);
	if (r >= 0)
		r = bind_ranges(a, err);
	if (r < 0)
		undo(a, err);
	return r;
}

static int move_ranges(const struct attaching *a, struct moved *moved, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < a->ranges.n && r >= 0 && !moved->interrupted; i++)
		if (a->ranges.v[i].map && a->ranges.v[i].map->rights[0] == 'r')
			r = range_move(a->l, &a->ranges.v[i], moved, err);
	return r;
}

/*
 * If a strict rule cannot be fulfilled, undoes everything: moves the pages back to system nodes, and restores the
 * process.
 */
static int keep_promise(struct attaching *a, const struct moved *moved, struct error *err)
{
	int r;

	if (!moved->missing)
		return 0;
	r = fail(err, moved->interrupted ? -EINTR : -ENOMEM,
		 "process %d: %s: nothing is placed; without --strict what does not fit would stay in system memory",
		 a->l->attach,
		 moved->interrupted ? "interrupted before all that a strict rule allows was moved" :
				      "not all that a strict rule allows can be moved to the device (it is full, or other "
				      "processes have the pages too, or they are pinned)");
	for (size_t i = 0; i < a->ranges.n; i++)
		if (a->ranges.v[i].map && a->ranges.v[i].map->rights[0] == 'r')
			(void)range_move_back(a->l, &a->ranges.v[i], NULL);
	undo(a, err);
	return r;
}

static int say(const struct attaching *a, const struct moved *moved, struct error *err)
{
	printf("process %d: %zu mappings (%s) are bound, in cgroup /", a->l->attach, a->ranges.n - a->kept,
	       SIZE_STR(a->bytes));
	print_foreign(stdout, a->cgroup);
	if (a->kept)
		printf("; %zu keep the program's own policy", a->kept);
	if (a->l->move)
		printf("; %llu pages moved, %llu stayed%s", (unsigned long long)moved->moved,
		       (unsigned long long)moved->stayed, moved->interrupted ? ", interrupted" : "");
	printf("; new mappings stay on system nodes\n");
	return output_flush(err);
}

static void attaching_free(struct attaching *a)
{
	ranges_free(&a->ranges);
	free(a->before);
	free(a->cgroup);
}

static int stop(const struct launch *l, const struct root *root, struct attach **ret, struct error *err)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, l->attach, 0);
	int r;

	if (pidfd < 0)
		return fail(err, -errno, "process %d: %m", l->attach);
	/* The pid may have been reused since the first check. */
	r = attach_check(root, l->attach, err);
	return r < 0 ? r : attach_stop(root, l->attach, pidfd, ret, err);
}

int launch_attach(const struct launch *l, struct cgroup_ctl *ctl, const struct root *root, struct error *err)
{
	_cleanup_attach_ struct attach *process = NULL;
	_cleanup_(attaching_free) struct attaching a = { .l = l, .ctl = ctl };
	struct moved moved = { 0 };
	int r = stop(l, root, &process, err);

	if (r < 0)
		return r;
	a.process = process;
	r = place(&a, err);
	if (r >= 0)
		r = attach_finish(process, err);
	if (r >= 0 && l->move)
		r = move_ranges(&a, &moved, err);
	if (r >= 0)
		r = keep_promise(&a, &moved, err);
	if (r < 0)
		return r;
	attach_free(TAKE_PTR(process));
	return say(&a, &moved, err);
}

int launch_attach_dry_run(const struct launch *l, const struct root *root, bool json, struct error *err)
{
	_cleanup_attach_ struct attach *process = NULL;
	_cleanup_ranges_ struct ranges ranges = RANGES_NONE;
	int r = stop(l, root, &process, err);

	if (r >= 0)
		r = ranges_read(l, process, &ranges, err);
	if (r < 0)
		return r;
	attach_free(TAKE_PTR(process));
	return ranges_print(l, &ranges, json, err);
}
