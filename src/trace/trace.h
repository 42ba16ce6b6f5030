/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Binding from outside, for programs that LD_PRELOAD does not reach. A seccomp filter stops the calls that make memory
 * (mmap, mremap, brk), make it executable or, where a rule is strict, writable (mprotect), and no other; a tracer lets
 * each happen, and where a rule allows the range that came of it, makes the thread call mbind(2) before it goes on.
 *
 * The tracer is a process of its own, and no relative of the program: the program keeps its process id, its parent,
 * its terminal, its signals and its exit status. It follows every thread and child, and ends with the last. When it is
 * killed, so are they (PTRACE_O_EXITKILL): the filter without a tracer would make every such call fail.
 *
 * The same tracer can look at each process as it ends, with and without binding anything.
 */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "basic/root.h"
#include "placement/placement.h"

/* A process whose memory is about to go: it is there as long as this is looked at. */
struct inject_process {
	pid_t pid;
	pid_t tid;   /* its last thread, stopped on its way out: /proc/TID has the memory still */
	pid_t image; /* who executed the program that is in it: the process itself, or one that it was forked from */
	bool shares; /* the memory is another's too, and stays (vfork(2)) */
	int status;  /* how it ends, as wait(2) tells it */
};

/* Who wants to know what comes of the program. The functions are called in the tracer's process. */
struct inject_watch {
	/* Trace mode: a range of a rule was bound, or could not be (a negative errno). */
	void (*bound)(struct inject_watch *w, unsigned rule, uint64_t size, int error);
	/* Trace mode: a range that was bound has become executable, and is bound no more. */
	void (*let_go)(struct inject_watch *w, uint64_t size);
	void (*ends)(struct inject_watch *w, const struct root *root, const struct inject_process *p);
	/* Of all that came of the program nothing runs any more. The last of it still stands where `ends` saw it. */
	void (*done)(struct inject_watch *w, const struct root *root);
	unsigned long lost; /* processes that were gone before anybody could look */
	int keep[2];        /* descriptors that the tracer keeps, or -1; in it they have the numbers INJECT_KEEP, ... */
};

#define INJECT_KEEP 5

struct inject {
	/*
	 * Where ranges go. The heap goes to every child, whatever dont_fork says. NULL: nothing is bound, and the
	 * program outlives its tracer.
	 */
	const struct placement *place;
	struct inject_watch *watch; /* NULL: nobody looks */
	const char *why;            /* what the tracing is for, for messages: "trace mode" */
};

/*
 * Makes the calling process, which has one thread, one that is traced, as is all that it executes from now on. Fails
 * with one line; the caller has nothing left to do then but to end. *ret_tracer: the tracer's process id; may be NULL.
 */
int inject_start(const struct inject *plan, pid_t *ret_tracer, struct error *err);
