/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The order in which the kernel kills processes when memory is short (proc_pid_oom_score_adj(5)): cdmd last, launched
 * programs before other processes.
 */

#include "basic/root.h"

/*
 * The fences outlive cdmd, but nothing would fence new cgroups. Not -1000: to kill cdmd is better than a machine that
 * hangs.
 */
#define OOM_CDMD -900

/*
 * More than 0, which services and logins have, and than the 100 and 200 that systemd gives to user managers and desktop
 * programs: a job that fills memory is killed before them. Far less than the 1000 of processes that ask to be killed
 * first. Raising it needs no privilege.
 */
#define OOM_LAUNCHED 250

/*
 * Sets it for the calling process and its future children, unless it is other than 0 already. Best effort: /proc may be
 * read-only.
 */
void oom_score_adjust(const struct root *root, int score);
