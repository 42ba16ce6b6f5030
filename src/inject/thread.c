/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "thread.h"

#include "tracee.h"

static struct thread **bucket(struct threads *threads, pid_t tid)
{
	return &threads->buckets[(unsigned)tid % THREAD_BUCKETS];
}

struct thread *threads_find(const struct threads *threads, pid_t tid)
{
	struct thread *t = threads->buckets[(unsigned)tid % THREAD_BUCKETS];

	while (t && t->tid != tid)
		t = t->next;
	return t;
}

/* A leader that has exited while others run is not known any more, so one of the others says it. */
static struct process *find_process(const struct threads *threads, pid_t tgid)
{
	struct thread *leader = threads_find(threads, tgid);

	if (leader)
		return leader->process;
	for (size_t i = 0; i < THREAD_BUCKETS; i++)
		for (struct thread *t = threads->buckets[i]; t; t = t->next)
			if (t->process->tgid == tgid)
				return t->process;
	return NULL;
}

struct thread *threads_add(struct threads *threads, const struct root *root, pid_t tid)
{
	_cleanup_free_ struct thread *t = calloc(1, sizeof(*t));
	const struct process *from;
	struct process *process;
	pid_t tgid = tid, parent = 0;

	if (!t)
		return NULL;
	/* It is dead when this fails. */
	(void)tracee_identity(root, tid, &tgid, &parent);
	process = tgid == tid ? NULL : find_process(threads, tgid);
	if (!process) {
		process = calloc(1, sizeof(*process));
		if (!process)
			return NULL;
		from = parent ? find_process(threads, parent) : NULL;
		process->tgid = tgid;
		process->scratch = from ? from->scratch : 0;
	}
	process->threads++;
	t->tid = tid;
	t->process = process;
	t->next = *bucket(threads, tid);
	*bucket(threads, tid) = t;
	return TAKE_PTR(t);
}

void threads_remove(struct threads *threads, struct thread *t)
{
	struct thread **at = bucket(threads, t->tid);

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	if (--t->process->threads == 0)
		free(t->process);
	free(t);
}

void threads_executed(struct threads *threads, struct thread *t)
{
	for (size_t i = 0; i < THREAD_BUCKETS && t->process->threads > 1; i++)
		for (struct thread *other = threads->buckets[i], *next; other; other = next) {
			next = other->next;
			if (other != t && other->process == t->process)
				threads_remove(threads, other);
		}
	t->process->scratch = 0;
	t->step = STEP_NONE;
	t->is_trapped = false;
}
