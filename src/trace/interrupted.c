/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which calls a stopped thread makes again, since nothing but being traced has interrupted them. */

#include "interrupted.h"

#include "libcdm/kernel/process-status.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define SWITCHES "voluntary_ctxt_switches"

static bool can_be_made_again(long nr)
{
	static const long calls[] = {
#ifdef SYS_epoll_wait
		SYS_epoll_wait,
#endif
#ifdef SYS_semop
		SYS_semop,
#endif
#ifdef SYS_ipc /* several calls in one, semop() among them */
		SYS_ipc,
#endif
#ifdef SYS_recv
		SYS_recv,        SYS_send,
#endif
		SYS_epoll_pwait, SYS_epoll_pwait2, SYS_semtimedop, SYS_rt_sigtimedwait, SYS_io_getevents,
		SYS_recvfrom,    SYS_recvmsg,      SYS_sendto,     SYS_sendmsg,         SYS_accept,
		SYS_accept4,     SYS_connect,      SYS_read,       SYS_readv,           SYS_write,
		SYS_writev,      SYS_recvmmsg,     SYS_sendmmsg,   SYS_io_uring_enter,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i] == nr)
			return true;
	return false;
}

static long times_slept(const char *status)
{
	const char *at = status_field(status, SWITCHES);

	return at ? strtol(at, NULL, 10) : -1;
}

static bool signals_in(const char *status, const char *key, uint64_t *ret)
{
	const char *at = status_field(status, key);

	return at && sscanf(at, "%" SCNx64, ret) == 1;
}

/* proc_pid_syscall(), fs/proc/base.c: for a thread that runs, or is in no call, the file has no arguments. */
static int read_call(const struct root *root, pid_t tid, struct call *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read(root, &text, NULL, "proc/%d/syscall", (int)tid);

	if (r < 0)
		return r;
	return sscanf(text, "%" SCNu64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &ret->nr,
		      &ret->args[0], &ret->args[1], &ret->args[2], &ret->args[3], &ret->args[4], &ret->args[5]) == 7 ?
		       0 :
		       -ENODATA;
}

long interrupted_sleeps(const struct root *root, pid_t tid)
{
	_cleanup_free_ char *status = NULL;
	struct call call;
	long switches;

	if (!ARCH_FORGETS || process_status(root, tid, &status) < 0)
		return -1;
	switches = times_slept(status);
	return switches >= 0 && read_call(root, tid, &call) >= 0 ? switches : -1;
}

/* Whether this thread blocks every signal that has a handler. */
static bool has_no_handlers(const char *status)
{
	uint64_t caught, blocked;

	return signals_in(status, "SigCgt", &caught) && signals_in(status, "SigBlk", &blocked) && (caught & ~blocked) == 0;
}

/*
 * Whether the thread comes straight from a call, and not from a handler that has interrupted one; its registers look
 * the same. It does if it has slept exactly once since it slept in the call, which is its stop, or if no handler can
 * run.
 */
static bool comes_from_call(const struct root *root, pid_t tid, long slept)
{
	_cleanup_free_ char *status = NULL;

	if (process_status(root, tid, &status) < 0)
		return false;
	return (slept >= 0 && times_slept(status) == slept + 1) || has_no_handlers(status);
}

/*
 * Where the first argument is lost from the registers, the kernel has it, and shows it once a call number is set too.
 */
static bool find_call(const struct root *root, pid_t tid, long slept, long nr, struct call *ret)
{
	int r;

	*ret = (struct call){ .nr = (uint64_t)nr };
	if (!ARCH_FORGETS)
		return true;
	if (!comes_from_call(root, tid, slept))
		return false;
	r = arch_set_call(tid, (int)nr);
	if (r >= 0)
		r = read_call(root, tid, ret);
	return arch_set_call(tid, -1) >= 0 && r >= 0;
}

bool interrupted_again(const struct root *root, pid_t tid, long slept, struct arch_regs *regs)
{
	const long nr = arch_interrupted(regs);
	struct call call;

	if (!can_be_made_again(nr) || !find_call(root, tid, slept, nr, &call))
		return false;
	arch_call_again(regs, &call);
	return true;
}

bool interrupted_ignores(const struct root *root, pid_t tid, int sig)
{
	const uint64_t bit = 1ULL << (sig - 1);
	_cleanup_free_ char *status = NULL;
	uint64_t caught, ignored;

	if (process_status(root, tid, &status) < 0 || !signals_in(status, "SigCgt", &caught) ||
	    !signals_in(status, "SigIgn", &ignored))
		return false;
	return !(caught & bit) && (ignored & bit || sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH);
}
