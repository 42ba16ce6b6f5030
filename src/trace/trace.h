/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Binding from outside, for programs that LD_PRELOAD does not reach. A seccomp filter stops only the calls that make
 * memory (mmap, mremap, brk), make it executable or, if a rule is strict, writable (mprotect). A tracer lets each call
 * happen; if a rule allows the resulting range, it makes the thread call mbind(2) before the thread goes on.
 *
 * The tracer is a separate process, neither parent nor child of the program: the program keeps its process id, its
 * parent, its terminal, its signals and its exit status. The tracer follows every thread and child, and ends with the
 * last. If it is killed, the kernel kills them too (PTRACE_O_EXITKILL): with the filter but without a tracer every such
 * call would fail.
 *
 * The same tracer can examine each process as it ends, whether or not it binds anything.
 */

#include "basic/error.h"
#include "basic/nodeset.h"
#include "basic/root.h"
#include "placement/placement.h"

/* A process that is about to lose its memory; the memory exists until `ends` returns. */
struct trace_process {
	pid_t pid;
	pid_t tid;   /* its last thread, stopped while it exits: /proc/TID still shows the memory */
	pid_t image; /* the process that executed the program in it: itself, or one that it was forked from */
	bool shares; /* another process shares the memory, so it stays (vfork(2)) */
	int status;  /* how it ends, as wait(2) reports it */
};

/* A watcher of the program. The functions are called in the tracer's process. */
struct trace_watch {
	/* Trace mode: a range of a rule was bound, or could not be (a negative errno). */
	void (*bound)(struct trace_watch *w, unsigned rule, uint64_t size, int error);
	/* Trace mode: a bound range has become executable, and is no longer bound. */
	void (*let_go)(struct trace_watch *w, uint64_t size);
	void (*ends)(struct trace_watch *w, const struct root *root, const struct trace_process *p);
	/* No process of the program runs any more. The last one is still stopped where `ends` saw it. */
	void (*done)(struct trace_watch *w, const struct root *root);
	unsigned long lost; /* processes that were gone before `ends` could be called */
	int keep[2];        /* descriptors that the tracer keeps, or -1; there they are numbered TRACE_KEEP, ... */
};

#define TRACE_KEEP 5

struct trace {
	/*
	 * Where ranges go. Every child gets the heap, whatever dont_fork says. NULL: nothing is bound, and the program
	 * outlives its tracer.
	 */
	const struct placement *place;
	struct trace_watch *watch; /* NULL: no watcher */
	const char *why;           /* what the tracing is for, for messages: "trace mode" */
};

/*
 * Makes the calling process, which must have one thread, traced, with everything that it executes from now on. On
 * failure it fills err with one line, and the caller can only exit. *ret_tracer: the tracer's process id; may be NULL.
 */
_must_use_ int trace_start(const struct trace *plan, pid_t *ret_tracer, struct error *err);
