/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Makes a stopped process execute system calls for the tracer. */

#include "attach-internal.h"

#include "interrupted.h"
#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#ifndef PTRACE_GET_RSEQ_CONFIGURATION /* 5.13 */
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif
#ifndef PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG /* 6.4 */
#define PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG 0x4211
#endif

#define RSEQ_CS_OFFSET 8 /* struct rseq, <linux/rseq.h> */
#define ALL_SIGNALS (~0ULL)

/* What a thread goes on with --------------------------------------------------------------------------------------- */

/*
 * The kernel clears a thread's note of a restartable sequence when it sees the instruction pointer outside of the
 * sequence (rseq_ip_fixup(), kernel/rseq.c), as it does in an injected call. With the note put back, the kernel aborts
 * the sequence as it should.
 */
static void find_rseq(struct attached *t)
{
	struct {
		uint64_t at;
		uint32_t size, signature, flags, pad;
	} config;
	unsigned long cs;

	t->rseq_cs = 0;
	if (ptrace((enum __ptrace_request)PTRACE_GET_RSEQ_CONFIGURATION, t->tid, (void *)sizeof(config), &config) <= 0 ||
	    config.at == 0)
		return;
	t->rseq_at = config.at + RSEQ_CS_OFFSET;
	if (tracee_peek(t->tid, t->rseq_at, &cs) >= 0)
		t->rseq_cs = cs;
}

static int put_rseq_back(const struct attached *t)
{
	const unsigned long cs = t->rseq_cs;

	return cs ? tracee_poke(t->tid, t->rseq_at, &cs, 1) : 0;
}

/*
 * With syscall user dispatch, the kernel answers a call from elsewhere with a signal
 * (kernel/entry/syscall_user_dispatch.c).
 */
static bool dispatches_calls(pid_t tid)
{
	uint64_t config[4] = { 0 };

	return ptrace((enum __ptrace_request)PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, tid, (void *)sizeof(config),
		      config) >= 0 &&
	       config[0] != 0;
}

/* Has the call made again that the thread returns from with EINTR only because it was stopped. */
static int call_again(const struct attach *a, struct attached *t)
{
	t->is_made_again = interrupted_again(a->root, t->tid, t->slept, &t->regs);
	return t->is_made_again ? tracee_set_regs(t->tid, &t->regs) : 0;
}

int attached_save(const struct attach *a, struct attached *t)
{
	int r = tracee_regs(t->tid, &t->regs);

	if (r >= 0)
		r = tracee_sigmask(t->tid, &t->sigmask);
	if (r < 0)
		return r;
	if (dispatches_calls(t->tid))
		return -ENOTSUP;
	find_rseq(t);
	r = call_again(a, t);
	t->is_saved = r >= 0;
	return r;
}

static int give_back(struct attached *t)
{
	int r = put_rseq_back(t), w = tracee_set_regs(t->tid, &t->regs);

	if (r >= 0)
		r = w;
	w = tracee_set_sigmask(t->tid, t->sigmask);
	return r < 0 ? r : w;
}

/* The instruction -------------------------------------------------------------------------------------------------- */

#define PIECE 65536

/* Memory that cannot be read, such as the page that the kernel emulates (vsyscall), contains no instruction. */
static uint64_t find_in(int mem, const struct map *map)
{
	static const unsigned char code[] = { ARCH_CALL_CODE };
	unsigned char piece[PIECE];

	for (uint64_t at = map->start; at < map->end; at += sizeof(piece) - ARCH_CALL_BYTES) {
		const uint64_t left = map->end - at;
		const ssize_t n = pread(mem, piece, left < sizeof(piece) ? left : sizeof(piece), (off_t)at);

		for (ssize_t i = 0; i + (ssize_t)sizeof(code) <= n; i += ARCH_CALL_ALIGN)
			if (memcmp(piece + i, code, sizeof(code)) == 0)
				return at + (uint64_t)i;
		if (n < (ssize_t)sizeof(piece))
			break;
	}
	return 0;
}

static bool is_vdso(const struct map *map)
{
	return strcmp(map->name, "[vdso]") == 0;
}

/* Searches the vDSO first, which every process has. */
int attach_find_call(struct attach *a, const struct maps *maps, struct error *err)
{
	const struct attached *t = attach_speaker(a);
	_cleanup_close_ int mem = t ? root_openf(a->root, O_RDONLY, "proc/%d/mem", (int)t->tid) : -ESRCH;

	if (mem < 0)
		return fail(err, mem, "process %d: its memory cannot be read: %m", (int)a->pid);
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < maps->n && !a->call_at; i++)
			if (maps->v[i].rights[2] == 'x' && is_vdso(&maps->v[i]) == !others)
				a->call_at = find_in(mem, &maps->v[i]);
	if (!a->call_at)
		return fail(err, -EOPNOTSUPP,
			    "process %d: its memory contains no system call instruction, and cdm-launch writes none into it",
			    (int)a->pid);
	return 0;
}

/* One call --------------------------------------------------------------------------------------------------------- */

struct attached *attach_speaker(struct attach *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].state == ATTACHED_STANDS)
			return &a->v[i];
	return NULL;
}

static int load(const struct attach *a, const struct attached *t, const struct call *call)
{
	struct arch_regs regs = t->regs;
	int r = tracee_set_sigmask(t->tid, ALL_SIGNALS);

	arch_load_at(&regs, a->call_at, call);
	return r < 0 ? r : tracee_set_regs(t->tid, &regs);
}

/* Signals stay blocked. SIGSTOP cannot be: it is passed on, and its stop is skipped; the thread stops afterwards. */
static int run_to_exit(struct attach *a, struct attached *t, struct __ptrace_syscall_info *ret)
{
	int sig = 0, r;

	for (;;) {
		r = tracee_resume(t->tid, true, sig);
		if (r < 0)
			return r;
		t->state = ATTACHED_RUNS;
		r = attach_wait(a, t, -1);
		if (r < 0 || t->state == ATTACHED_GONE)
			return r < 0 ? r : -ESRCH;
		sig = 0;
		if (WSTOPSIG(t->status) == (SIGTRAP | 0x80)) {
			r = tracee_call(t->tid, ret);
			if (r < 0 || ret->op == PTRACE_SYSCALL_INFO_EXIT)
				return r;
		} else if (t->status >> 16 == 0) {
			sig = WSTOPSIG(t->status);
		}
	}
}

int attach_call(struct attach *a, struct attached *t, const struct call *call, uint64_t *ret)
{
	struct __ptrace_syscall_info info;
	int r = load(a, t, call), w;

	t->is_moved = true;
	if (r >= 0)
		r = run_to_exit(a, t, &info);
	w = t->state == ATTACHED_STANDS ? give_back(t) : -ESRCH;
	if (r >= 0)
		r = w;
	if (r < 0)
		return r;
	if (info.exit.is_error)
		return (int)info.exit.rval;
	if (ret)
		*ret = (uint64_t)info.exit.rval;
	return 0;
}
