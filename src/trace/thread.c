/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Threads that are traced, found by their id. */

#include "thread.h"

#include "tracee.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>

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

/* A leader that has exited while other threads run is not in the table any more: then one of those is found. */
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

/* Whether two stopped processes of ours share their memory (CLONE_VM). False if the kernel has no kcmp(2). */
static bool is_one_memory(pid_t a, pid_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_VM, 0UL, 0UL) == 0;
}

struct thread *threads_add(struct threads *threads, const struct root *root, pid_t tid)
{
	_cleanup_free_ struct thread *t = calloc(1, sizeof(*t));
	const struct process *from;
	struct process *process;
	pid_t tgid = tid, parent = 0;

	if (!t)
		return NULL;
	/* If this fails, the thread is dead. */
	(void)tracee_identity(root, tid, &tgid, &parent);
	process = tgid == tid ? NULL : find_process(threads, tgid);
	if (!process) {
		process = calloc(1, sizeof(*process));
		if (!process)
			return NULL;
		from = parent ? find_process(threads, parent) : NULL;
		process->tgid = tgid;
		process->scratch = from ? from->scratch : 0;
		process->image = from ? from->image : tgid;
		process->is_exempt = from && from->is_exempt;
		process->shares = from && is_one_memory(tid, parent);
		threads->running++;
	}
	process->threads++;
	t->tid = tid;
	t->process = process;
	t->next = *bucket(threads, tid);
	*bucket(threads, tid) = t;
	return TAKE_PTR(t);
}

bool threads_leave(struct threads *threads, struct thread *t)
{
	struct process *p = t->process;

	p->leaving += !t->leaves;
	t->leaves = true;
	if (p->is_over || p->leaving < p->threads)
		return false;
	p->is_over = true;
	threads->running--;
	return true;
}

bool threads_remove(struct threads *threads, struct thread *t)
{
	struct thread **at = bucket(threads, t->tid);
	bool is_lost = false;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->process->leaving -= t->leaves;
	if (--t->process->threads == 0) {
		is_lost = !t->process->is_over;
		threads->running -= is_lost;
		free(t->process);
	}
	free(t);
	return is_lost;
}

void threads_executed(struct threads *threads, struct thread *t)
{
	for (size_t i = 0; i < THREAD_BUCKETS && t->process->threads > 1; i++)
		for (struct thread *other = threads->buckets[i], *next; other; other = next) {
			next = other->next;
			if (other != t && other->process == t->process)
				(void)threads_remove(threads, other);
		}
	t->process->leaving = 0;
	t->process->image = t->process->tgid;
	t->process->shares = false;
	t->process->scratch = 0;
	t->leaves = false;
	t->step = STEP_NONE;
	t->is_trapped = false;
}
