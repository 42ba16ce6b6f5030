/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What /proc says of a thread. */

#include "attach-internal.h"

#include "basic/strutil.h"
#include "libcdm/kernel/process-status.h"

#include <errno.h>
#include <inttypes.h>

long attach_field(const char *status, const char *key)
{
	const char *at = status_field(status, key);

	return !at ? -1 : streq(key, "State") ? *at : strtol(at, NULL, 10);
}

long attach_field_of(const struct root *root, pid_t tid, const char *key)
{
	_cleanup_free_ char *status = NULL;

	return process_status(root, tid, &status) < 0 ? -1 : attach_field(status, key);
}

/* The call that it waited in --------------------------------------------------------------------------------------- */

#define SWITCHES "voluntary_ctxt_switches"

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

long attach_sleeps(const struct root *root, pid_t tid)
{
	const long switches = ARCH_FORGETS ? attach_field_of(root, tid, SWITCHES) : -1;
	struct call call;

	return switches >= 0 && read_call(root, tid, &call) >= 0 ? switches : -1;
}

/* Whether this thread blocks every signal that has a handler. */
static bool has_no_handlers(const char *status)
{
	uint64_t caught, blocked;
	const char *cgt = status_field(status, "SigCgt"), *blk = status_field(status, "SigBlk");

	return cgt && blk && sscanf(cgt, "%" SCNx64, &caught) == 1 && sscanf(blk, "%" SCNx64, &blocked) == 1 &&
	       (caught & ~blocked) == 0;
}

/*
 * Whether the thread comes straight from a call, and not from a handler that has interrupted one; its registers look
 * the same. It does if it has slept exactly once since it slept in the call, which is its stop, or if no handler can
 * run.
 */
static bool comes_from_call(const struct root *root, const struct attached *t)
{
	_cleanup_free_ char *status = NULL;

	if (process_status(root, t->tid, &status) < 0)
		return false;
	return (t->slept >= 0 && attach_field(status, SWITCHES) == t->slept + 1) || has_no_handlers(status);
}

/*
 * Where the first argument is lost from the registers, the kernel has it, and shows it once a call number is set too.
 */
int attach_call_of(const struct root *root, const struct attached *t, long nr, struct call *ret)
{
	int r, w;

	*ret = (struct call){ .nr = (uint64_t)nr };
	if (!ARCH_FORGETS)
		return 0;
	if (!comes_from_call(root, t))
		return -ENODATA;
	r = arch_set_call(t->tid, (int)nr);
	if (r >= 0)
		r = read_call(root, t->tid, ret);
	w = arch_set_call(t->tid, -1);
	return r < 0 ? r : w;
}
