/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The seccomp filter that stops the calls that a rule may allow, that make code of memory, or, where a rule is strict,
 * let it be written to; everything else passes.
 */

#include "basic/error.h"
#include "placement/placement.h"

#include <linux/filter.h>

#define FILTER_MAX 64

/* What SECCOMP_RET_TRACE carries, so that the tracer knows its own filter's stops from those of the program's. */
#define FILTER_COOKIE 0xcd3

/* The filter for the rules of a placement. Returns how many instructions it has, at most FILTER_MAX. */
unsigned filter_make(const struct placement *place, struct sock_filter *ret);

/*
 * Puts it on the calling thread, for good, and on all that it starts. Without CAP_SYS_ADMIN the kernel wants
 * PR_SET_NO_NEW_PRIVS for that, which is set only then.
 */
int filter_install(const struct placement *place, struct error *err);
