/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The threads that are traced, and their processes. */

#include "arch.h"
#include "trace.h"

#include "basic/root.h"
#include "placement/pieces.h"

/* What the threads of a process share. */
struct process {
	pid_t tgid;
	unsigned threads;
	unsigned leaving; /* of them, those that are on their way out */
	bool is_over;     /* all of them were */
	bool shares;      /* its memory is its parent's */
	bool is_exempt;   /* nothing of it is bound (inject.no_inherit) */
	pid_t image;      /* who executed the program that is in its memory */
	uint64_t scratch; /* a page of its memory that is ours, with the nodes in it; 0: not made yet */
};

/* What a thread is at between two stops. From STEP_SCRATCH on it runs calls that are not its own. */
enum step {
	STEP_NONE,
	STEP_CALL,      /* its own call */
	STEP_SCRATCH,   /* mmap: the page for the nodes */
	STEP_POLICY,    /* get_mempolicy: whether the range has one already */
	STEP_BIND,      /* mbind */
	STEP_ADVISE,    /* madvise, set_mempolicy_home_node: what else is asked of the range */
	STEP_RIGHTS,    /* mprotect: gives a mapping that is to be filled the rights that it asked for */
	STEP_FILL,      /* madvise: fills it */
	STEP_PROTECT,   /* get_mempolicy: whether what mprotect has changed is bound */
	STEP_CODE,      /* mbind: then it is let go */
	STEP_CODE_FORK, /* madvise: forked children are to have it */
	STEP_UNDO,      /* munmap or brk: it cannot be bound, and has to fail */
	STEP_PIECE,     /* madvise: fills a piece of what is strict */
	STEP_MOVE,      /* mremap: to the place that it was asked for at */
	STEP_CLAIM,     /* mmap: takes the place where it was before it has grown */
	STEP_SHRINK,    /* mremap: to the size that it had */
	STEP_BACK,      /* mremap: to where it was */
	STEP_JOIN,      /* mremap and others: a range of several mappings, piece by piece */
};

struct thread {
	pid_t tid;
	struct process *process;
	enum step step;
	struct call call;      /* its own, as it was asked for */
	bool is_allowed;       /* a rule allows what comes of it, */
	unsigned rule;         /* this one */
	bool fills;            /* it is an mmap that fills what it maps, and was let do so without rights */
	bool replaces;         /* it is an mmap over other mappings, and was let make its own elsewhere */
	uint64_t filled;       /* how much of the range is there */
	bool joins;            /* it is an mremap of several mappings that a rule has set apart */
	struct pieces pieces;  /* how that is done */
	bool again;            /* the scratch page has been made anew for this call */
	bool asked;            /* STEP_POLICY is behind it */
	unsigned advised;      /* how many of the advices are behind it */
	uint64_t start, size;  /* the range that is to be bound */
	int error;             /* what its call fails with after all; 0: it does not */
	struct arch_regs regs; /* what it goes on with after the last step */
	uint64_t sigmask;
	bool leaves;     /* it is on its way out */
	bool is_trapped; /* a SIGSYS is on its way to it that is for a call of ours */
	struct thread *next;
};

#define THREAD_BUCKETS 1024

struct threads {
	struct thread *buckets[THREAD_BUCKETS];
	unsigned running; /* processes that are not over */
};

struct thread *threads_find(const struct threads *threads, pid_t tid);

/*
 * A thread that was not known yet. It is looked up whose it is; a new process has what its parent has. NULL: no memory.
 */
struct thread *threads_add(struct threads *threads, const struct root *root, pid_t tid);

/* It is on its way out. True: so is every other thread of its process, which is over. */
bool threads_leave(struct threads *threads, struct thread *t);

/* It is gone. True: its process with it, without having been seen on the way out. */
bool threads_remove(struct threads *threads, struct thread *t);

/* After exec: the other threads are gone without a word, and the memory is another. */
void threads_executed(struct threads *threads, struct thread *t);
