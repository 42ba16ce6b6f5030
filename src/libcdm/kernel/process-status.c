/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reader of /proc/PID/status. */

#include "process-status.h"

#include <string.h>

int process_status(const struct root *root, pid_t pid, char **ret)
{
	return pid ? root_read(root, ret, NULL, "proc/%d/status", (int)pid) :
		     root_read(root, ret, NULL, "proc/self/status");
}

/* The program chooses its name, which is on the first line and contains no line feed (proc_task_name()). */
const char *status_field(const char *text, const char *key)
{
	const size_t len = strlen(key);

	for (const char *end = strchr(text, '\n'); end; end = strchr(end + 1, '\n')) {
		const char *line = end + 1;

		if (strncmp(line, key, len) == 0 && line[len] == ':' && line[len + 1] == '\t')
			return line + len + 2;
	}
	return NULL;
}
