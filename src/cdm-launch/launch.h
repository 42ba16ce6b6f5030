/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The launch plan: all that is decided before the first side effect. Immutable once made. */

#include "libcdm/cgroup/cgroup.h"
#include "launch-options.h"
#include "program.h"

#include <stdbool.h>

struct launch {
	char *group;            /* the cgroup to enter */
	struct nodeset system;  /* the task policy's nodes */
	struct nodeset devices; /* the nodes of all targets */
	struct nodeset present; /* those of them that have memory and are granted now: never empty */
	struct nodeset mems;    /* what the leaf's cpuset.mems holds: system and devices */
	bool inside;            /* we are in the group already, with all of present: no leaf is made */
	bool balancing;         /* the kernel balances: the task policy lets it go on among system nodes */
	struct rules rules;     /* as they were written */
	struct placement place; /* the same, and where they send ranges; the first target is what the options say */
	char *rules_from;       /* "--allow", or the profile's name */
	enum mode mode;         /* preload or trace */
	int attach;             /* the process to attach to; 0: a program is started */
	bool move;              /* ... and to move what it has */
	char *preload;          /* the library's path; NULL in trace mode */
	char *program;          /* the file to be executed; NULL with attach */
	char **command;         /* argv; the caller's */
	struct report_options report;
};

/*
 * Looks everything up and decides. Nothing is changed. *ret_status: what the failure is worth as an exit status.
 * -ENODEV: no device node is granted now, which --wait waits for. ctl is needed to enter the group afterwards.
 */
int launch_plan(const struct options *o, struct launch *ret, struct cgroup_ctl **ret_ctl, const struct root *root,
		int *ret_status, struct error *err);
void launch_free(struct launch *l);
#define _cleanup_launch_ _cleanup_(launch_free)

/* What the kernel cannot do of what the rules ask beside a policy: said before anything is done. */
int launch_check_kernel(const struct launch *l, const struct root *root, struct error *err);

/*
 * Tries each target's policy on a page of our own, inside the group. Where the kernel knows only less, which is said on
 * standard error, or nothing like it, which fails: *targets are then what the kernel can do.
 */
int launch_settle(const struct launch *l, struct placement_target *targets, struct error *err);

/*
 * Whether the calling user may enter the group, asked of whoever would move him: 0, or a negative errno and why not.
 * Nothing is moved.
 */
int launch_may_enter(const struct launch *l, const struct cgroup_ctl *ctl, struct error *err);

/* For --dry-run. refused: why the group cannot be entered; NULL: it can. */
int launch_print(const struct launch *l, const char *refused, bool json, struct error *err);

/* Its parts: what a launch and an attach have in common. */
struct json_t *launch_to_json(const struct launch *l);
void launch_print_placement(const struct launch *l);
int launch_print_json(struct json_t *doc, struct error *err);

/*
 * Carries it out: enter the group, verify what the kernel made of it, set the task policy, set the environment or
 * start the tracer, exec. Returns only when a step failed; then the program was not started, and *ret_status says what
 * it is worth.
 */
int launch_commit(const struct launch *l, struct cgroup_ctl *ctl, int *ret_status, struct error *err);

/*
 * The mode for a program of this kind with these rules: what was asked for, or by itself. Where the rules would not
 * hold in it, one line says why.
 */
int launch_choose_mode(enum mode asked, enum program_kind kind, const struct rules *rules, const char *program,
		       enum mode *ret, struct error *err);

/* Objection 3 of the CDM debate: a cpuset without the node overrides mbind in silence. So ask the kernel. */
int launch_verify(const struct launch *l, const struct cgroup_ctl *ctl, const char *path, struct error *err);

/* Whether the process, and what the rules ask for, can be attached to: one line says why not. */
int launch_check_attach(const struct launch *l, const struct root *root, struct error *err);

/*
 * --attach: stops the process, moves it into the group, sets its threads' policies, binds what rules allow, and lets it
 * go on. When a step fails, those before it are undone. With dry_run it is looked at and the plan is printed.
 */
int launch_attach(const struct launch *l, struct cgroup_ctl *ctl, const struct root *root, struct error *err);
int launch_attach_dry_run(const struct launch *l, const struct root *root, bool json, struct error *err);

/* From now on this process, and the program that it executes, is traced. watch: who looks on; may be NULL. */
struct inject_watch;
int launch_trace(const struct launch *l, struct inject_watch *watch, struct error *err);
