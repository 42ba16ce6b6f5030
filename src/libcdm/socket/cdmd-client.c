/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The client's end of cdmd's socket. */

#include "cdmd-client.h"

#include "basic/clock.h"
#include "basic/strutil.h"
#include "protocol.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

/* How long to retry with a busy daemon. */
#define BUSY_MS 30000
#define BUSY_PAUSE_MS 50

/* The longest wait for the status, even if the daemon hangs. */
#define STATUS_MS 5000

/* A node that leaves does not wait for a daemon that hangs. */
#define LEAVING_MS 1000

static int connect_to(const struct root *root, int flags, struct cdmd_client *ret, struct error *err)
{
	const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/" CDMD_SOCKET };
	_cleanup_close_ int fd = -1;

	if (!root->live)
		return fail(err, -ENOENT, "a captured tree (--sysroot) has no daemon");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		return fail(err, -errno, "socket: %m");
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return fail(err, -ENOENT, "cdmd does not run (nobody listens at %s): start it", name.sun_path);
		return fail(err, -errno, "%s: %m", name.sun_path);
	}
	*ret = (struct cdmd_client){ .fd = TAKE_FD(fd) };
	return 0;
}

int cdmd_connect(const struct root *root, struct cdmd_client *ret, struct error *err)
{
	return connect_to(root, 0, ret, err);
}

void cdmd_close(struct cdmd_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->in);
	*c = CDMD_CLIENT_NONE;
}

/* Takes the first line if it is complete: returns 1. */
static int take_line(struct cdmd_client *c, struct json_doc *ret, struct error *err)
{
	const char *end = c->in_len ? memchr(c->in, '\n', c->in_len) : NULL;
	size_t len = end ? (size_t)(end - c->in) : 0;
	int r;

	if (!end)
		return 0;
	r = json_doc_parse("cdmd", c->in, len, ret, err);
	c->in_len -= len + 1;
	memmove(c->in, end + 1, c->in_len);
	return r < 0 ? r : 1;
}

static int receive(struct cdmd_client *c, struct error *err)
{
	char piece[4096];
	ssize_t n = recv(c->fd, piece, sizeof(piece), 0);
	char *grown;

	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return fail(err, -errno, "cdmd: %m");
	if (n <= 0)
		return fail(err, -ECONNRESET, "cdmd has closed the connection");
	if (c->in_len + (size_t)n > JSON_DOC_MAX)
		return fail(err, -EMSGSIZE, "cdmd: a line longer than %s", SIZE_STR(JSON_DOC_MAX));
	grown = realloc(c->in, c->in_len + (size_t)n);
	if (!grown)
		return fail(err, -ENOMEM, "%m");
	memcpy(grown + c->in_len, piece, (size_t)n);
	c->in = grown;
	c->in_len += (size_t)n;
	return 0;
}

int cdmd_read(struct cdmd_client *c, int timeout_ms, struct json_doc *ret, struct error *err)
{
	uint64_t end = now_ms() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms);
	int r = take_line(c, ret, err);

	while (r == 0) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		uint64_t now = now_ms();

		r = poll(&p, 1, timeout_ms < 0 ? -1 : end > now ? (int)(end - now) : 0);
		if (r == 0)
			return fail(err, -ETIMEDOUT, "cdmd: no answer within %d s", timeout_ms / 1000);
		if (r < 0 && errno != EINTR)
			return fail(err, -errno, "cdmd: %m");
		r = r < 0 ? 0 : receive(c, err);
		if (r == 0)
			r = take_line(c, ret, err);
	}
	return r < 0 ? r : 0;
}

static int send_all(int fd, const char *line)
{
	for (size_t len = strlen(line); len > 0;) {
		ssize_t n = send(fd, line, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		line += n;
		len -= (size_t)n;
	}
	return 0;
}

int cdmd_ask(struct cdmd_client *c, const char *line, struct json_doc *ret, struct error *err)
{
	_cleanup_json_doc_ struct json_doc doc = JSON_DOC_NONE;
	const char *error;
	int r = line ? send_all(c->fd, line) : -ENOMEM;

	/* EPIPE: cdmd has refused us already, and its reason can be read. */
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return fail(err, r, "cdmd: %m");
	r = cdmd_read(c, CDMD_ANSWER_MS, &doc, err);
	if (r < 0)
		return r;
	if (!json_is_true(json_object_get(doc.root, "ok"))) {
		error = json_string_value(json_object_get(doc.root, "error"));
		return fail(err, json_is_true(json_object_get(doc.root, "busy")) ? -EBUSY : -EACCES, "cdmd: %s",
			    error ? error : "it refuses, and does not say why");
	}
	*ret = TAKE(doc, JSON_DOC_NONE);
	return 0;
}

/* Sends the query without waiting for a daemon that hangs, and frees it. The answer is read later. */
static int ask_soon(const struct root *root, char *query, struct cdmd_client *ret, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_free_ char *line = query;
	int r = connect_to(root, SOCK_NONBLOCK, &c, err);

	if (r < 0)
		return r;
	r = line ? send_all(c.fd, line) : -ENOMEM;
	if (r < 0)
		return fail(err, r, "cdmd: %m");
	*ret = TAKE(c, CDMD_CLIENT_NONE);
	return 0;
}

int cdmd_subscribe_soon(const struct root *root, struct cdmd_client *ret, struct error *err)
{
	return ask_soon(root, query_events(), ret, err);
}

int cdmd_subscribe(const struct root *root, struct cdmd_client *ret_client, struct json_doc *ret, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_free_ char *line = query_events();
	int r = cdmd_connect(root, &c, err);

	if (r == 0)
		r = cdmd_ask(&c, line, ret, err);
	if (r == 0)
		*ret_client = TAKE(c, CDMD_CLIENT_NONE);
	return r;
}

int cdmd_tell_leaving(const struct root *root, const struct nodeset *nodes, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_json_doc_ struct json_doc answer = JSON_DOC_NONE;
	int r = ask_soon(root, query_leaving(nodes), &c, err);

	return r < 0 ? r : cdmd_read(&c, LEAVING_MS, &answer, err);
}

int cdmd_status(const struct root *root, struct json_doc *ret, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	int r = ask_soon(root, query_status(), &c, err);

	return r < 0 ? r : cdmd_read(&c, STATUS_MS, ret, err);
}

/* The first half of an entry, which does not move the process. */
static int get_offer(struct cdmd_client *c, const struct root *root, const char *group, const struct nodeset *nodes,
		     struct json_doc *ret, struct error *err)
{
	_cleanup_free_ char *enter = query_enter(group, nodes);
	int r = cdmd_connect(root, c, err);

	return r < 0 ? r : cdmd_ask(c, enter, ret, err);
}

int cdmd_may_enter(const struct root *root, const char *group, const struct nodeset *nodes, struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_json_doc_ struct json_doc offer = JSON_DOC_NONE;

	return get_offer(&c, root, group, nodes, &offer, err);
}

static int enter_once(const struct root *root, const char *group, const struct nodeset *nodes, char **ret_path,
		      struct error *err)
{
	_cleanup_cdmd_ struct cdmd_client c = CDMD_CLIENT_NONE;
	_cleanup_json_doc_ struct json_doc offer = JSON_DOC_NONE, done = JSON_DOC_NONE;
	_cleanup_free_ char *confirm = NULL;
	const char *nonce, *path;
	int r = get_offer(&c, root, group, nodes, &offer, err);

	if (r < 0)
		return r;
	nonce = json_string_value(json_object_get(offer.root, "nonce"));
	confirm = nonce ? query_confirm(nonce) : NULL;
	r = cdmd_ask(&c, confirm, &done, err);
	if (r < 0)
		return r;
	path = json_string_value(json_object_get(done.root, "cgroup"));
	if (!path)
		return fail(err, -EPROTO, "cdmd: it does not say which cgroup was entered");
	*ret_path = strdup(path);
	return *ret_path ? 0 : fail(err, -ENOMEM, "%m");
}

int cdmd_enter(const struct root *root, const char *group, const struct nodeset *nodes, char **ret_path, struct error *err)
{
	uint64_t end = now_ms() + BUSY_MS;

	for (;;) {
		int r = enter_once(root, group, nodes, ret_path, err);
		/* With a different pause for each process, since many ranks of one job start together. */
		const struct timespec pause = { .tv_nsec = (BUSY_PAUSE_MS + getpid() % BUSY_PAUSE_MS) * 1000000L };

		if (r != -EBUSY || now_ms() >= end)
			return r;
		nanosleep(&pause, NULL);
	}
}
