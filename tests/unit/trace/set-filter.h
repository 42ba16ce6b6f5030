/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* For traced programs with their own seccomp filter; for glibc only, since musl's compiler has no kernel headers. */

#include "victim.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

static inline void set_filter(struct sock_filter *v, unsigned short n)
{
	struct sock_fprog program = { .len = n, .filter = v };

	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}
