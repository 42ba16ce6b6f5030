/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Makes the n-th call of a class of libc functions fail. faulty.c is preloaded into a program (libfaulty.so: its
 * control block is the file that FAULTY names, shared with the process that sets it), or linked into a test.
 */

#include <stdbool.h>
#include <stdint.h>

enum faulty_call {
	FAULTY_NONE,
	FAULTY_OPEN,
	FAULTY_READ,
	FAULTY_WRITE,
	FAULTY_CLOSE,
	FAULTY_DIR,    /* fdopendir, readdir */
	FAULTY_STAT,   /* stat and its like, readlink */
	FAULTY_MAKE,   /* mkdir, rename, unlink */
	FAULTY_LOCK,   /* flock */
	FAULTY_WATCH,  /* inotify_add_watch */
	FAULTY_WAIT,   /* epoll_wait */
	FAULTY_SOCKET, /* all socket calls: netlink, D-Bus, sd_notify */
	FAULTY_MALLOC,
	N_FAULTY,
};

struct faulty {
	volatile uint32_t call;  /* enum faulty_call; FAULTY_NONE: no call fails */
	volatile uint32_t error; /* errno */
	volatile uint64_t at;    /* the n-th call fails, counted from 1; 0: none fails, calls are only counted */
	volatile uint32_t ever;  /* all later calls fail too */
	volatile uint64_t seen;  /* the number of calls so far */
};

static inline const char *faulty_name(enum faulty_call call)
{
	static const char *const names[N_FAULTY] = {
		[FAULTY_NONE] = "none",     [FAULTY_OPEN] = "open",   [FAULTY_READ] = "read",
		[FAULTY_WRITE] = "write",   [FAULTY_CLOSE] = "close", [FAULTY_DIR] = "dir",
		[FAULTY_STAT] = "stat",     [FAULTY_MAKE] = "make",   [FAULTY_LOCK] = "lock",
		[FAULTY_WATCH] = "watch",   [FAULTY_WAIT] = "wait",   [FAULTY_SOCKET] = "socket",
		[FAULTY_MALLOC] = "malloc",
	};

	return names[call];
}

/* The control block of this process. */
extern struct faulty *faulty;
