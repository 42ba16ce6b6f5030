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
	unsigned leaving; /* how many of them are exiting */
	bool is_over;     /* all of them were exiting */
	bool shares;      /* it shares its parent's memory */
	bool is_exempt;   /* none of its memory is bound (struct trace) */
	pid_t image;      /* the process that executed the program in its memory */
	uint64_t scratch; /* a page in its memory that we have mapped, with the nodes; 0: none yet */
};

/* What a thread is doing between two stops. From STEP_SCRATCH on it makes injected calls. */
enum step {
	STEP_NONE,
	STEP_CALL,      /* its own call */
	STEP_SCRATCH,   /* mmap: the page for the nodes */
	STEP_POLICY,    /* get_mempolicy: whether the range has a policy already */
	STEP_BIND,      /* mbind */
	STEP_ADVISE,    /* madvise, set_mempolicy_home_node: what else the rule asks for */
	STEP_RIGHTS,    /* mprotect: gives a mapping that is to be filled the rights that the program asked for */
	STEP_FILL,      /* madvise: fills it */
	STEP_PROTECT,   /* get_mempolicy: whether memory changed by mprotect is bound */
	STEP_CODE,      /* mbind: if so, lets it go */
	STEP_CODE_FORK, /* madvise: lets forked children have it */
	STEP_UNDO,      /* munmap or brk: undoes a call that must fail, since the range cannot be bound */
	STEP_PIECE,     /* madvise: fills a piece of strict memory */
	STEP_MOVE,      /* mremap: moves the mapping to the place that the program asked for */
	STEP_CLAIM,     /* mmap: takes the place that the mapping had before it grew */
	STEP_SHRINK,    /* mremap: restores its size */
	STEP_BACK,      /* mremap: restores its place */
	STEP_JOIN,      /* mremap and others: a range of several mappings, piece by piece */
};

struct thread {
	pid_t tid;
	struct process *process;
	enum step step;
	struct call call;      /* its own call, as the program made it */
	bool is_allowed;       /* a rule allows the call's range, */
	unsigned rule;         /* namely this one */
	bool fills;            /* its call is an mmap that fills the mapping, and was made without rights */
	bool replaces;         /* its call is an mmap over other mappings, and was made elsewhere */
	uint64_t filled;       /* how much of the range is filled */
	bool joins;            /* its call is an mremap of several mappings that a rule has set apart */
	struct pieces pieces;  /* how far that is done */
	bool again;            /* the scratch page has been mapped anew for this call */
	bool asked;            /* STEP_POLICY is done */
	unsigned advised;      /* how many pieces of advice were given */
	uint64_t start, size;  /* the range to be bound */
	int error;             /* the error that its call fails with after all; 0: none */
	struct arch_regs regs; /* the registers that it goes on with after the last step */
	uint64_t sigmask;
	bool leaves;     /* it is exiting */
	bool is_trapped; /* it is about to get a SIGSYS for an injected call */
	struct thread *next;
};

#define THREAD_BUCKETS 1024

struct threads {
	struct thread *buckets[THREAD_BUCKETS];
	unsigned running; /* processes that are not over */
};

struct thread *threads_find(const struct threads *threads, pid_t tid);

/* Adds a thread that was not known yet, to its process; a new process inherits from its parent. NULL: out of memory. */
struct thread *threads_add(struct threads *threads, const struct root *root, pid_t tid);

/* Notes that the thread is exiting. Returns true if every other thread of its process is too: the process is over. */
bool threads_leave(struct threads *threads, struct thread *t);

/* Removes a thread that is gone. Returns true if its process is gone with it, and was not seen exiting. */
bool threads_remove(struct threads *threads, struct thread *t);

/* After exec: the other threads are gone without a report, and the memory is new. */
void threads_executed(struct threads *threads, struct thread *t);
