/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Lines over a Unix socket: buffered, bounded, with the sender's credentials. */

#include "line-socket.h"

#include <errno.h>
#include <string.h>

/* Has room for the credentials only: the kernel drops descriptors that a sender attaches. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(struct ucred))];
};

static bool get_sender(struct msghdr *m, struct ucred *ret)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len != CMSG_LEN(sizeof(*ret)))
		return false;
	memcpy(ret, CMSG_DATA(c), sizeof(*ret));
	return !(m->msg_flags & MSG_CTRUNC);
}

int lines_receive(struct lines *l, int fd)
{
	struct iovec data = { .iov_base = l->in + l->in_len, .iov_len = sizeof(l->in) - l->in_len };
	union control control = { 0 };
	struct msghdr m = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct ucred sender;
	ssize_t n;

	if (data.iov_len == 0)
		return -EMSGSIZE;
	n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0)
		return 0;
	/* The kernel never joins what two processes sent in one read (unix_stream_read_generic()). */
	if (!get_sender(&m, &sender) || (l->in_len && memcmp(&sender, &l->sender, sizeof(sender)) != 0))
		return -EPROTO;
	l->sender = sender;
	l->in_len += (size_t)n;
	return 1;
}

char *lines_peek(struct lines *l, size_t *ret_len)
{
	char *end = memchr(l->in, '\n', l->in_len);

	if (!end)
		return NULL;
	*end = '\0';
	*ret_len = (size_t)(end - l->in);
	return l->in;
}

void lines_drop(struct lines *l, size_t len)
{
	l->in_len -= len + 1;
	memmove(l->in, l->in + len + 1, l->in_len);
}

int lines_flush(struct lines *l, int fd)
{
	while (lines_waiting(l)) {
		ssize_t n = send(fd, l->out + l->out_sent, l->out_len - l->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		l->out_sent += (size_t)n;
	}
	free(l->out);
	l->out = NULL;
	l->out_len = l->out_sent = 0;
	return 0;
}

int lines_send(struct lines *l, int fd, const char *text)
{
	size_t waiting = l->out_len - l->out_sent;
	char *grown;
	int len;

	if (waiting && waiting + strlen(text) > LINES_OUT_MAX)
		return -ENOBUFS;
	len = asprintf(&grown, "%.*s%s", (int)waiting, waiting ? l->out + l->out_sent : "", text);
	if (len < 0)
		return -ENOMEM;
	free(l->out);
	l->out = grown;
	l->out_len = (size_t)len;
	l->out_sent = 0;
	return lines_flush(l, fd);
}

bool lines_waiting(const struct lines *l)
{
	return l->out_sent < l->out_len;
}

void lines_free(struct lines *l)
{
	free(l->out);
	l->out = NULL;
	l->out_len = l->out_sent = l->in_len = 0;
}
