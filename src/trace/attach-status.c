/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What /proc shows of a thread: its fields, and the system call that it is in. */

#include "attach-internal.h"

#include "basic/strutil.h"
#include "libcdm/kernel/process-status.h"

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
