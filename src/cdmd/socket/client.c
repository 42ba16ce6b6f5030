/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One connection to the socket: its requests in, answers and events out. */

#include "client-internal.h"

#include "basic/strutil.h"
#include "cdmd/loop/log.h"
#include "cdmd/loop/timer.h"

#include <errno.h>
#include <sys/epoll.h>

/* Requests --------------------------------------------------------------------------------------------------------- */

static void subscribe(struct client *c)
{
	if (server_make_room(c->server, &c->peer, 1U << CLIENT_SUBSCRIBED, SERVER_SUBSCRIBERS))
		client_answer(c, CLIENT_SUBSCRIBED, c->server->ops->status(c->server->arg));
	else
		client_turn_away(c, "busy: too many subscribers");
}

/* Only the process that connected is known to be root; its descriptor may have been passed on. */
static bool is_root(struct client *c, const char *otherwise)
{
	const struct peer *p = &c->peer;

	if (p->root && c->lines.sender.pid == p->pid)
		return true;
	if (p->uid == 0 && process_is_of(c->server->root, p->pid, p->uid, p->gid) < 0)
		client_refuse_hidden(c);
	else
		client_refuse(c, "%s%s", otherwise, p->uid == 0 ? " (root here is uid 0 with CAP_SYS_ADMIN)" : "");
	return false;
}

/* System nodes are never announced as leaving. */
static void announce(struct client *c, const struct nodeset *nodes)
{
	const struct server *s = c->server;

	if (!is_root(c, "only root takes nodes away"))
		return;
	NODESET_FOREACH(node, nodes) {
		_cleanup_json_ json_t *event = s->ops->leaving(s->arg, node);

		if (event)
			server_tell(c->server, event);
	}
	client_answer(c, CLIENT_IDLE, json_pack("{s:b}", "ok", 1));
}

static void reload(struct client *c)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *refusal = NULL;

	if (!is_root(c, "only root may have the configuration read again"))
		return;
	if (c->server->ops->reload(c->server->arg, &err) >= 0) {
		client_answer(c, CLIENT_IDLE, json_pack("{s:b}", "ok", 1));
		return;
	}
	refusal = reply_error(error_text(&err), false);
	client_send(c, refusal);
}

static void handle(struct client *c, const char *line, size_t len)
{
	_cleanup_query_ struct query query = QUERY_NONE;
	_cleanup_error_ struct error err = ERROR_NONE;

	if (query_parse(line, len, &query, &err) < 0) {
		client_refuse(c, "%s", error_text(&err));
		return;
	}
	if ((query.kind == QUERY_CONFIRM) != (c->state == CLIENT_OFFERED)) {
		client_refuse(c, query.kind == QUERY_CONFIRM ? "there is nothing to confirm" :
							       "there is something to confirm first");
		return;
	}
	switch (query.kind) {
	case QUERY_STATUS:
		client_answer(c, CLIENT_IDLE, c->server->ops->status(c->server->arg));
		break;
	case QUERY_EVENTS:
		subscribe(c);
		break;
	case QUERY_ENTER:
		client_begin_entry(c, &query);
		break;
	case QUERY_CONFIRM:
		client_confirm_entry(c, &query);
		break;
	case QUERY_LEAVING:
		announce(c, &query.nodes);
		break;
	case QUERY_RELOAD:
		reload(c);
		break;
	}
}

/* A client that sends something while it must wait is refused, so cdmd never has to keep two requests of one client. */
static void on_input(struct client *c)
{
	bool may_speak = (c->state == CLIENT_IDLE || c->state == CLIENT_OFFERED) && !lines_waiting(&c->lines);
	char *line;
	size_t len = 0;

	if (!may_speak) {
		client_refuse(c, "one request at a time: wait for the answer, and send nothing after \"events\"");
		return;
	}
	line = lines_peek(&c->lines, &len);
	if (!line && c->lines.in_len < QUERY_MAX)
		return;
	if (!line)
		client_refuse(c, "a request is one line of at most %d bytes", QUERY_MAX);
	else if (len + 1 != c->lines.in_len)
		client_refuse(c, "one request at a time: wait for the answer");
	else
		handle(c, line, len);
	if (c->state != CLIENT_CLOSED)
		lines_drop(&c->lines, len);
}

static void on_end(struct client *c)
{
	c->half_closed = true;
	if (c->state == CLIENT_ENTERING || (lines_waiting(&c->lines) && c->state == CLIENT_IDLE))
		client_listen(c);
	else
		client_close(c);
}

static int on_client(struct source *s, uint32_t events, struct error *err _unused_)
{
	struct client *c = s->arg;
	int r;

	if (c->state == CLIENT_CLOSED)
		return 0;
	if (events & EPOLLOUT) {
		r = lines_flush(&c->lines, s->fd);
		if (r < 0 || (c->half_closed && !lines_waiting(&c->lines)))
			client_close(c);
		else
			client_listen(c);
	}
	if (c->state == CLIENT_CLOSED || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	if (c->half_closed) {
		client_close(c); /* the peer has closed both directions and will not read what is queued */
		return 0;
	}
	r = lines_receive(&c->lines, s->fd);
	if (r > 0)
		on_input(c);
	else if (r == 0)
		on_end(c);
	else if (r == -EPROTO)
		client_refuse(c, "a request is sent by one process, without descriptors");
	else if (r != -EAGAIN)
		client_close(c);
	return 0;
}

int client_new(struct server *s, int fd, struct peer *peer, struct client **ret, struct error *err)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		close(fd);
		peer_free(peer);
		return fail(err, -ENOMEM, "%m");
	}
	c->server = s;
	c->source = (struct source){ fd, on_client, c };
	c->state = CLIENT_IDLE;
	c->deadline = now_ms() + SERVER_PATIENCE_MS;
	c->pidfd = -1;
	c->peer = TAKE(*peer, ((struct peer){ 0 }));
	c->active = now_ms();
	r = loop_add(s->epoll, &c->source, EPOLLIN, err);
	if (r < 0) {
		client_free(c);
		return r;
	}
	*ret = c;
	return 0;
}
