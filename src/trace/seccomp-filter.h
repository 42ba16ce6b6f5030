/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The seccomp filter that stops the calls that a rule may allow, that make memory executable, or, if a rule is strict,
 * make it writable; everything else passes.
 */

#include "basic/error.h"
#include "placement/placement.h"

#include <linux/filter.h>

#define FILTER_MAX 64

/*
 * The value in SECCOMP_RET_TRACE, by which the tracer distinguishes its own filter's stops from those of the program's
 * filters.
 */
#define FILTER_COOKIE 0xcd3

/* Makes the filter for the rules of a placement. Returns how many instructions it has, at most FILTER_MAX. */
unsigned filter_make(const struct placement *place, struct sock_filter *ret);

/*
 * Installs it on the calling thread, for good, and on everything that it starts. Without CAP_SYS_ADMIN the kernel
 * requires PR_SET_NO_NEW_PRIVS for that, which is set only then.
 */
_must_use_ int filter_install(const struct placement *place, struct error *err);
