/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Lines over a non-blocking stream socket, with their sender. */

#include "basic/error.h"
#include "libcdm/socket/protocol.h"

#include <sys/socket.h>

/* A subscriber that leaves more than this unread is too slow. */
#define LINES_OUT_MAX (256U << 10)

struct lines {
	char in[QUERY_MAX];
	size_t in_len;
	struct ucred sender; /* of the bytes in `in`: SCM_CREDENTIALS, from when they were sent (unix(7)) */
	char *out;           /* owned */
	size_t out_len, out_sent;
};

/*
 * Receives what has arrived. Returns 1 if something has, 0 if the other end will send no more, -EAGAIN if there is
 * nothing yet, -EMSGSIZE for a line that is too long, -EPROTO for a line by more than one process or with descriptors
 * attached, another negative errno if the connection is broken. The socket must have SO_PASSCRED.
 */
int lines_receive(struct lines *l, int fd);

/*
 * Returns the first complete line, without its newline, *ret_len bytes long; NULL: there is none. Valid until
 * lines_drop().
 */
char *lines_peek(struct lines *l, size_t *ret_len);

/* Removes the first len bytes and the newline that follows them. */
void lines_drop(struct lines *l, size_t len);

/*
 * Queues text, and sends what can be sent now. Returns -ENOBUFS if too much is queued already (text was not taken),
 * another negative errno if the connection is broken.
 */
int lines_send(struct lines *l, int fd, const char *text);
int lines_flush(struct lines *l, int fd);

bool lines_waiting(const struct lines *l);

void lines_free(struct lines *l);
