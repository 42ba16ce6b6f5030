/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Lines over a stream socket that never blocks, with who sent them. */

#include "basic/error.h"
#include "libcdm/socket/protocol.h"

#include <sys/socket.h>

/* More than this waiting to be read makes a slow reader. */
#define LINES_OUT_MAX (256U << 10)

struct lines {
	char in[QUERY_MAX];
	size_t in_len;
	struct ucred sender; /* of what is in `in`: SCM_CREDENTIALS, as of when it was sent (unix(7)) */
	char *out;           /* owned */
	size_t out_len, out_sent;
};

/*
 * Takes what has come. 1: something did; 0: the other end will send no more; -EAGAIN: nothing there yet. -EMSGSIZE: a
 * line that is too long; -EPROTO: a line by more than one process, or with descriptors attached; other negative errno:
 * the connection is broken. The socket must have SO_PASSCRED.
 */
int lines_receive(struct lines *l, int fd);

/*
 * The line that is complete, NULL: none. Without its newline, which is cut off: *ret_len long. Valid until
 * lines_drop().
 */
char *lines_peek(struct lines *l, size_t *ret_len);

/* Forgets the first len bytes and the newline behind them. */
void lines_drop(struct lines *l, size_t len);

/*
 * Puts text behind what is still to be sent, and sends what can be sent now. -ENOBUFS: too much is waiting; text was
 * not taken. Other negative errno: the connection is broken.
 */
int lines_send(struct lines *l, int fd, const char *text);
int lines_flush(struct lines *l, int fd);

bool lines_waiting(const struct lines *l);

void lines_free(struct lines *l);
