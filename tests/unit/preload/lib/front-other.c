/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A library in front of ours that wraps something else. */

#include <unistd.h>

int front_other_calls;

pid_t getppid(void)
{
	front_other_calls++;
	return 1;
}
