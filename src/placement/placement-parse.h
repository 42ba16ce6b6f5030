/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What cdm-launch hands to libcdm-preload.so: one environment variable, the only contract between the two.
 *
 *     CDM_LAUNCH_PLAN=3[,counts=PATH][,fork=dontfork][,inherit=no];TARGET[;TARGET]...[;RULE]...
 *
 *     3        the version of this format
 *     PATH     the file in which allowed requests are counted (counts.h); without it, they are not. In it '%', ',' and
 *              ';' are written %25, %2C and %3B
 *     fork     dontfork: forked children do not get private anonymous ranges that a rule allows (MADV_DONTFORK)
 *     inherit  no: a program that this one executes gets no rules
 *     TARGET   MODE[,thp=always|never][,home=N]:LIST: how a range is bound with mbind(2), and where to. MODE is prefer,
 *              bind, interleave, weighted or preferred; thp: whether it gets transparent huge pages (MADV_HUGEPAGE,
 *              MADV_NOHUGEPAGE); home: the node that is tried first; LIST: nodes in the kernel's list format, which may
 *              be possible but absent
 *     RULE     +KIND,MIN,MAX,N[,KEY=GLOB]...[,exec=yes] allows, and sends to the Nth target (the first is 0); with exec
 *              also executable memory;
 *              -KIND,MIN,MAX[,KEY=GLOB]... denies. KIND is malloc, anon, file, shm or data; MIN and MAX are bytes in
 *              decimal, both inclusive, MIN <= MAX, and 18446744073709551615 means no limit. KEY is caller, path,
 *              name, object or symbol; its value is escaped like PATH
 *
 * The first rule that matches decides; what no rule matches is not allowed. There is no white space between the parts.
 * A text that breaks any of this holds no rules at all: everything then stays on system memory.
 */

#include "basic/attributes.h"
#include "placement.h"

#define PLACEMENT_ENV "CDM_LAUNCH_PLAN"

/*
 * Returns -EINVAL on a malformed text, -E2BIG on too many rules or targets; *ret is then untouched. Never allocates:
 * the globs are decoded in place, so `text` is written to and must live as long as *ret.
 */
_must_use_ int placement_parse(char *text, struct placement *ret);

/*
 * Writes h as text, to be freed. For the launcher: not part of the preload library. Returns -ENOMEM; -EINVAL if h is
 * not valid.
 */
_must_use_ int placement_format(const struct placement *h, char **ret);
