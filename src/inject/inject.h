/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Binding from outside, for programs that LD_PRELOAD does not reach. A seccomp filter stops the calls that make memory
 * (mmap, mremap, brk), and no other; a tracer lets each happen, and where a rule allows the range that came of it,
 * makes the thread call mbind(2) before it goes on.
 *
 * The tracer is a process of its own, and no relative of the program: the program keeps its process id, its parent,
 * its terminal, its signals and its exit status. It follows every thread and child, and ends with the last. When it is
 * killed, so are they (PTRACE_O_EXITKILL): the filter without a tracer would make every such call fail.
 */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "libcdm/rules.h"

#define INJECT_TARGETS 8

struct inject_target {
	struct nodeset nodes;
	int mode;    /* of mbind(2), with its flags */
	bool strict; /* what is allowed and cannot be bound fails (ENOMEM), instead of staying on system nodes */
};

struct inject {
	const struct rules *rules;
	const unsigned *rule_targets; /* of each rule that allows: an index into targets */
	struct inject_target targets[INJECT_TARGETS];
};

/*
 * Makes the calling process, which has one thread, one that is traced, as is all that it executes from now on. Fails
 * with one line; the caller has nothing left to do then but to end.
 */
int inject_start(const struct inject *plan, struct error *err);
