/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Work that may take its time, done in a child process; its result arrives through the event loop. */

#include "event-loop.h"

#include <stdbool.h>
#include <stddef.h>

struct task_work {
	/* Runs in the child. Writes its result, at most TASK_TEXT_MAX bytes of text, to out. True: it succeeded. */
	bool (*run)(const void *arg, int out);
	const void *arg;
	unsigned limit_sec; /* the child is killed after this long, and has failed */
	const int *keep;    /* the descriptors that the child needs besides the standard ones; -1: none */
	size_t n_keep;
	bool finishes; /* it is not killed if nobody wants its result any more */
};

#define TASK_TEXT_MAX 16384

/* text: what it wrote, without anything behind a NUL. */
typedef void (*task_fn)(void *arg, bool ok, const char *text);

struct task;

/* done is called once, from loop_wait(); the task is freed then. */
_must_use_ int task_start(int epoll, const struct task_work *work, task_fn done, void *arg, struct task **ret,
			  struct error *err);

/* done is not called any more. */
void task_abandon(struct task *t);

/* How many children run, those that were abandoned among them. */
unsigned tasks_running(void);
