/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who goes when memory is short (proc_pid_oom_score_adj(5)): cdmd last, what it keeps memory for before other
 * processes.
 */

#include "basic/root.h"

/*
 * The fences do not fall with it, but nothing would fence newcomers. Not -1000: the last resort is better than a dead
 * machine.
 */
#define OOM_CDMD -900

/*
 * Above 0, which services and logins have, and the 100 and 200 that systemd gives to user managers and desktop
 * programs: a job that fills memory goes before they do. Far below the 1000 of what asks to go first. To raise it takes
 * no privilege.
 */
#define OOM_LAUNCHED 250

/*
 * The calling process's, and its children's, where nobody has chosen another than 0. Best effort: /proc may be
 * read-only.
 */
void oom_score_adjust(const struct root *root, int score);
