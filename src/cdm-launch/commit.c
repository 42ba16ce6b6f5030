/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The launch plan's side effects, in their fixed order. */

#include "launch.h"
#include "program.h"

#include "basic/strutil.h"
#include "libcdm/cdmd-client.h"
#include "libcdm/policy.h"
#include "preload/handover.h"

#include <errno.h>

int launch_verify(const struct launch *l, const struct cgroup_ctl *ctl, const char *path, struct error *err)
{
	struct nodeset effective, missing;
	int r = cgroup_read_effective(ctl, path, &effective);

	if (r < 0)
		return fail(err, r, "cgroup %s: cpuset.mems.effective: %m", path);
	missing = nodeset_minus(&l->present, &effective);
	if (!nodeset_empty(&missing))
		return fail(err, -ENODEV, "cgroup %s: cpuset.mems.effective is %s, without node %s: see `cdmadm groups`",
			    path, NODESET_STR(&effective), NODESET_STR(&missing));
	missing = nodeset_minus(&l->system, &effective);
	if (nodeset_equal(&missing, &l->system))
		return fail(err, -ENODEV, "cgroup %s: cpuset.mems.effective is %s, without any system node (%s)", path,
			    NODESET_STR(&effective), NODESET_STR(&l->system));
	return 0;
}

/* Whoever is not root asks the daemon, which knows who may enter; without one only what was delegated to him is left. */
static int move(const struct launch *l, struct cgroup_ctl *ctl, char **ret_path, struct error *err)
{
	_cleanup_error_ struct error why = ERROR_NONE;
	int r = geteuid() == 0 ? -ENOENT : cdmd_enter(ctl->root, l->group, &l->devices, ret_path, &why);

	if (r != -ENOENT)
		return r < 0 ? fail(err, r, "%s", error_text(&why)) : 0;
	r = cgroup_enter(ctl, 0, l->group, &l->mems, ret_path, err);
	return r < 0 && why.code ? fail_prefix(err, "%s", error_text(&why)) : r;
}

static int enter(const struct launch *l, struct cgroup_ctl *ctl, struct error *err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (l->inside)
		return 0;
	r = move(l, ctl, &path, err);
	return r < 0 ? r : launch_verify(l, ctl, path, err);
}

_Static_assert(TARGETS_MAX == HANDOVER_TARGETS && RULES_MAX == HANDOVER_RULES, "what is planned can be handed over");

static int probe(const struct launch *l, const struct target *t, struct error *err)
{
	struct nodeset present = nodeset_and(&t->nodes, &l->present);
	int r;

	if (nodeset_empty(&present))
		return fail(err, -ENODEV, "a rule's nodes (%s): none of them is online and granted; see `cdmadm nodes`",
			    NODESET_STR(&t->nodes));
	r = policy_probe(t->policy, &t->nodes);
	if (r == -EINVAL)
		return fail(err, r, "--policy %s: this kernel does not know it for node %s", policy_name(t->policy),
			    NODESET_STR(&t->nodes));
	return r < 0 ? fail(err, r, "--policy %s: trying it on node %s: %m", policy_name(t->policy),
			    NODESET_STR(&t->nodes)) :
		       0;
}

static int set_policies(const struct launch *l, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < l->n_targets && r >= 0; i++)
		r = probe(l, &l->targets[i], err);
	if (r < 0)
		return r;
	r = policy_set_task(&l->system, l->balancing);
	return r < 0 ? fail(err, r, "task policy: BIND to node %s: %m", NODESET_STR(&l->system)) : 0;
}

static struct handover_rule to_handover(const struct rule *rule, unsigned target)
{
	return (struct handover_rule){
		.allow = !rule->deny,
		.kind = (enum handover_kind)rule->kind,
		.target = target,
		.min = rule->min,
		.max = rule->max,
		.globs = {
			[HANDOVER_CALLER] = rule->caller,
			[HANDOVER_PATH] = rule->path,
			[HANDOVER_NAME] = rule->name,
			[HANDOVER_OBJECT] = rule->object,
			[HANDOVER_SYMBOL] = rule->symbol,
		},
	};
}

static int hand_over(const struct launch *l, struct error *err)
{
	const char *old = getenv("LD_PRELOAD");
	_cleanup_free_ char *plan = NULL, *preload = NULL;
	struct handover h = { .n_targets = (unsigned)l->n_targets, .n_rules = (unsigned)l->rules.n };
	int r;

	for (size_t i = 0; i < l->n_targets; i++)
		h.targets[i] = (struct handover_target){ (enum handover_mode)l->targets[i].policy, l->targets[i].nodes };
	for (size_t i = 0; i < l->rules.n; i++)
		h.rules[i] = to_handover(&l->rules.v[i], l->rule_targets[i]);
	r = handover_format(&h, &plan);
	/* In front: what the user preloads himself still comes, and finds our allocator as it would find libc's. */
	if (r >= 0 && asprintf(&preload, "%s%s%s", l->preload, old && *old ? ":" : "", old ? old : "") < 0) {
		preload = NULL;
		r = -ENOMEM;
	}
	if (r >= 0 && (setenv(HANDOVER_ENV, plan, 1) < 0 || setenv("LD_PRELOAD", preload, 1) < 0))
		r = -errno;
	return r < 0 ? fail(err, r, "environment: %m") : 0;
}

int launch_commit(const struct launch *l, struct cgroup_ctl *ctl, int *ret_status, struct error *err)
{
	int r = enter(l, ctl, err);

	*ret_status = EXIT_LAUNCHER;
	if (r >= 0)
		r = set_policies(l, err);
	if (r >= 0)
		r = l->mode == MODE_TRACE ? launch_trace(l, err) : hand_over(l, err);
	if (r < 0)
		return r;
	execvp(l->program, l->command);
	*ret_status = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
	return fail(err, -errno, "%s: %m", l->program);
}
