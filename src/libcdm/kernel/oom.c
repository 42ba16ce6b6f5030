/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process's place in the OOM killer's order, by /proc/self/oom_score_adj. */

#include "oom.h"

#include "basic/cleanup.h"
#include "basic/strutil.h"

#define SCORE "proc/self/oom_score_adj"

void oom_score_adjust(const struct root *root, int score)
{
	_cleanup_free_ char *now = NULL;
	char text[16];

	if (root_read_line(root, &now, SCORE) < 0 || !streq(now, "0"))
		return;
	snprintf(text, sizeof(text), "%d", score);
	(void)root_write(root, text, SCORE);
}
