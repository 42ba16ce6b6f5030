/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The launch plan: all that is decided before the first side effect. It does not change once it is made. */

#include "libcdm/cgroup/cgroup.h"
#include "launch-options.h"
#include "program.h"

#include <stdbool.h>

struct launch {
	char *group;            /* the cgroup to enter */
	struct nodeset system;  /* the task policy's nodes */
	struct nodeset devices; /* the nodes of all targets */
	struct nodeset present; /* those devices that have memory and are granted now: never empty */
	struct nodeset mems;    /* cpuset.mems of the leaf: system and devices */
	bool inside;            /* cdm-launch is in the group already, with all of present: no leaf is made */
	bool balancing;         /* NUMA balancing is on: the task policy lets it go on among system nodes */
	struct rules rules;     /* as the user wrote them */
	struct placement place; /* the same rules with their targets; targets[0] is that of the options */
	char *rules_from;       /* "--allow", or the profile's name */
	enum mode mode;         /* preload or trace */
	int attach;             /* the process to attach to; 0: a program is started */
	bool move;              /* with attach: also moves its pages */
	char *preload;          /* the library's path; NULL in trace mode */
	char *program;          /* the file to be executed; NULL with attach */
	char **command;         /* argv; owned by the caller */
	struct report_options report;
};

/*
 * Looks everything up and decides; changes nothing. *ret_status: the exit status for a failure. -ENODEV: no device node
 * is granted now, which --wait waits for. ctl is needed to enter the group afterwards.
 */
_must_use_ int launch_plan(const struct options *o, struct launch *ret, struct cgroup_ctl **ret_ctl,
			   const struct root *root, int *ret_status, struct error *err);
void launch_free(struct launch *l);
#define _cleanup_launch_ _cleanup_(launch_free)

/* Checks before anything is done whether the kernel can do what the rules ask for beside a policy. */
_must_use_ int launch_check_kernel(const struct launch *l, const struct root *root, struct error *err);

/*
 * Tries each target's policy on a page of cdm-launch's own, inside the group. *targets becomes what the kernel can do:
 * if that is less, standard error says so; if the kernel knows nothing like it, this fails.
 */
_must_use_ int launch_resolve(const struct launch *l, struct placement_target *targets, struct error *err);

/*
 * Whether the calling user may enter the group, as cdmd or the kernel would decide: 0, or a negative errno and the
 * reason. Moves nothing.
 */
_must_use_ int launch_may_enter(const struct launch *l, const struct cgroup_ctl *ctl, struct error *err);

/* Prints the plan for --dry-run. refused: why the group cannot be entered; NULL: it can. */
_must_use_ int launch_print(const struct launch *l, const char *refused, bool json, struct error *err);

/* The parts that a launch and an attach share. */
struct json_t *launch_to_json(const struct launch *l);
void launch_print_placement(const struct launch *l);
_must_use_ int launch_print_json(struct json_t *doc, struct error *err);

/*
 * Carries the plan out: enters the group, verifies the effective mems, sets the task policy, sets the environment or
 * starts the tracer, and executes the program. Returns only if a step failed; then the program was not started, and
 * *ret_status is the exit status.
 */
_must_use_ int launch_commit(const struct launch *l, struct cgroup_ctl *ctl, int *ret_status, struct error *err);

/*
 * Chooses the mode for a program of this kind with these rules, unless the user asked for one. If the rules would not
 * hold in it, fails with one line that says why.
 */
_must_use_ int launch_choose_mode(enum mode asked, enum program_kind kind, const struct rules *rules,
				  const char *program, enum mode *ret, struct error *err);

/*
 * Asks the kernel for the effective mems, since a cpuset without the node overrides mbind(2) silently (objection 3 of
 * the CDM debate).
 */
_must_use_ int launch_verify(const struct launch *l, const struct cgroup_ctl *ctl, const char *path, struct error *err);

/* Whether cdm-launch can attach to the process, with what the rules ask for; one line says why not. */
_must_use_ int launch_check_attach(const struct launch *l, const struct root *root, struct error *err);

/*
 * --attach: stops the process, moves it into the group, sets its threads' policies, binds what rules allow, and resumes
 * it. If a step fails, those before it are undone. launch_attach_dry_run() only looks at the process and prints the
 * plan.
 */
_must_use_ int launch_attach(const struct launch *l, struct cgroup_ctl *ctl, const struct root *root, struct error *err);
_must_use_ int launch_attach_dry_run(const struct launch *l, const struct root *root, bool json, struct error *err);

/*
 * From now on this process, and the program that it executes, is traced. watch: gets what the tracer sees; may be NULL.
 */
struct trace_watch;
_must_use_ int launch_trace(const struct launch *l, struct trace_watch *watch, struct error *err);
