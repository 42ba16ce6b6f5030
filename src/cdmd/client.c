/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One connection to the socket: its requests in, answers and events out. */

#include "client.h"

#include "basic/strutil.h"
#include "log.h"
#include "timer.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/random.h>

#define OVERFLOW_LINE "{\"event\":\"overflow\"}\n"

/* Endings ---------------------------------------------------------------------------------------------------------- */

void client_close(struct client *c)
{
	if (c->state == CLIENT_CLOSED)
		return;
	c->state = CLIENT_CLOSED;
	close(TAKE_FD(c->source.fd));
	if (c->pidfd >= 0)
		close(TAKE_FD(c->pidfd));
	if (c->lookup)
		lookup_abandon(TAKE_PTR(c->lookup));
	lines_free(&c->lines);
	query_free(&c->wish);
}

void client_free(struct client *c)
{
	client_close(c);
	peer_forget_groups(&c->peer);
	free(c);
}

void client_refuse(struct client *c, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt), *line = reply_error(message ? message : "out of memory", false);

	server_log_refusal(c->server, &c->peer, message ? message : "out of memory");
	if (line && !lines_waiting(&c->lines))
		(void)lines_send(&c->lines, c->source.fd, line);
	client_close(c);
}

/* Answers ---------------------------------------------------------------------------------------------------------- */

/* Asks to be woken for what the connection is waiting for. */
static void listen_to(struct client *c)
{
	struct epoll_event event = {
		.events = (c->half_closed ? 0 : EPOLLIN) | (lines_waiting(&c->lines) ? EPOLLOUT : 0),
		.data.ptr = &c->source,
	};

	if (epoll_ctl(c->server->epoll, EPOLL_CTL_MOD, c->source.fd, &event) < 0)
		client_close(c);
}

static void send_line(struct client *c, const char *line)
{
	int r = line ? lines_send(&c->lines, c->source.fd, line) : -ENOMEM;

	if (r < 0 || (c->half_closed && !lines_waiting(&c->lines)))
		client_close(c);
	else
		listen_to(c);
}

/* Answers, and takes the reference. */
static void answer(struct client *c, enum client_state next, json_t *doc)
{
	_cleanup_json_ json_t *taken = doc;
	_cleanup_free_ char *line = taken ? json_line(taken) : NULL;

	c->state = next;
	c->deadline = next == CLIENT_SUBSCRIBED ? UINT64_MAX : now_ms() + SERVER_PATIENCE_MS;
	send_line(c, line);
}

void client_tell(struct client *c, const char *line)
{
	if (lines_waiting(&c->lines) &&
	    c->lines.out_len - c->lines.out_sent + strlen(line) + sizeof(OVERFLOW_LINE) > LINES_OUT_MAX) {
		/* Its reader is told after all the rest, and then it ends. */
		log_event(LOG_LEVEL_NOTICE, "overflow", "message", "a subscriber does not read its events", NULL);
		c->state = CLIENT_IDLE;
		c->half_closed = true;
		c->deadline = now_ms() + SERVER_PATIENCE_MS;
		line = OVERFLOW_LINE;
	}
	send_line(c, line);
}

/* Entering --------------------------------------------------------------------------------------------------------- */

/*
 * The connection may be in other hands than those that made it: inherited, or handed over. Only the process that
 * connected is served, with the ids that it had then. Its real ids come with each message, and its effective ones came
 * with the connection: whoever has two faces is no ordinary program.
 */
static bool is_the_peer(struct client *c)
{
	const struct ucred *sender = &c->lines.sender;

	if (c->peer.pid == 0)
		client_refuse(c, "your process cannot be seen from here (another pid namespace)");
	else if (sender->pid != c->peer.pid)
		client_refuse(c, "only the process that connected can enter, and process %d did not", (int)sender->pid);
	else if (sender->uid != c->peer.uid || sender->gid != c->peer.gid)
		client_refuse(c, "real and effective ids differ");
	else
		return true;
	return false;
}

static void offer(struct client *c)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	uint64_t nonce;

	c->pidfd = peer_pidfd(c->source.fd, &c->peer, &err);
	if (c->pidfd < 0) {
		client_refuse(c, "%s", error_text(&err));
		return;
	}
	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce)) {
		client_refuse(c, "no random numbers");
		return;
	}
	snprintf(c->nonce, sizeof(c->nonce), "%016llx", (unsigned long long)nonce);
	answer(c, CLIENT_OFFERED, json_pack("{s:b, s:s}", "ok", 1, "nonce", c->nonce));
}

static void refuse_entry(struct client *c)
{
	client_refuse(c, "user %u may not enter group %s: root may, and whom the group's \"enter\" names (cdm.json(5))",
		      (unsigned)c->peer.uid, c->wish.group);
}

static void on_looked_up(void *arg, bool yes)
{
	struct client *c = arg;

	c->lookup = NULL;
	if (yes)
		offer(c);
	else
		refuse_entry(c);
}

/* One user cannot have them all. */
static unsigned lookups_of(const struct server *s, uid_t uid)
{
	unsigned n = 0;

	for (const struct client *c = s->clients; c; c = c->next)
		n += c->state == CLIENT_LOOKING_UP && c->peer.uid == uid;
	return n;
}

static void look_up(struct client *c)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	const struct config *config = c->server->ops->config(c->server->arg);

	if (lookups_running() >= SERVER_LOOKUPS || lookups_of(c->server, c->peer.uid) >= SERVER_USER_LOOKUPS) {
		_cleanup_free_ char *busy = reply_error("busy: too many names are being looked up", true);

		send_line(c, busy);
		return;
	}
	if (lookup_start(c->server->epoll, config, c->wish.group, &c->peer, on_looked_up, c, &c->lookup, &err) < 0) {
		client_refuse(c, "looking names up: %s", error_text(&err));
		return;
	}
	c->state = CLIENT_LOOKING_UP;
	c->deadline = now_ms() + SERVER_PATIENCE_MS + LOOKUP_SEC * 1000;
}

static void decide_entry(struct client *c)
{
	switch (access_decide(c->server->ops->config(c->server->arg), c->wish.group, &c->peer)) {
	case ACCESS_YES:
		offer(c);
		break;
	case ACCESS_ASK:
		look_up(c);
		break;
	case ACCESS_NO:
		refuse_entry(c);
		break;
	}
}

static void begin_entry(struct client *c, struct query *query)
{
	_cleanup_error_ struct error err = ERROR_NONE;

	query_free(&c->wish);
	c->wish = TAKE(*query, QUERY_NONE);
	if (!is_the_peer(c))
		return;
	if (peer_get_groups(c->source.fd, &c->peer, &err) < 0)
		client_refuse(c, "%s", error_text(&err));
	else
		decide_entry(c);
	peer_forget_groups(&c->peer);
}

/*
 * The pidfd was opened before the nonce was told. Whoever sends the nonce back with that pid had it then already, if
 * the process of the pidfd lives now: so it is that process, and no later one of the same number.
 */
static bool is_still_the_peer(struct client *c, int pidfd)
{
	int mine = process_is_of(c->server->root, c->peer.pid, c->peer.uid, c->peer.gid);

	if (!pidfd_is_alive(pidfd))
		client_refuse(c, "the process that connected has ended");
	else if (mine < 0)
		client_refuse(c,
			      "your process is hidden from cdmd: if /proc is mounted with hidepid= and gid=, cdmd.service "
			      "needs that group (SupplementaryGroups=)");
	else if (!mine)
		client_refuse(c,
			      "a program that the kernel protects from its own user (set-user-ID, capabilities, not "
			      "readable) cannot enter");
	else
		return true;
	return false;
}

static void confirm_entry(struct client *c, const struct query *query)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_close_ int pidfd = TAKE_FD(c->pidfd);
	struct entry entry = {
		.pid = c->peer.pid,
		.pidfd = pidfd,
		.peer = &c->peer,
		.group = c->wish.group,
		.nodes = c->wish.has_nodes ? &c->wish.nodes : NULL,
	};
	_cleanup_free_ char *path = NULL;

	if (!is_the_peer(c))
		return;
	if (!streq(query->nonce, c->nonce))
		client_refuse(c, "that is not the nonce that was told");
	else if (!is_still_the_peer(c, pidfd))
		return;
	else if (c->server->ops->enter(c->server->arg, &entry, &path, &err) < 0)
		client_refuse(c, "%s", error_text(&err));
	else
		answer(c, CLIENT_IDLE, json_pack("{s:b, s:o}", "ok", 1, "cgroup", json_foreign(path)));
}

/* Requests --------------------------------------------------------------------------------------------------------- */

static void subscribe(struct client *c)
{
	unsigned n = 0;

	for (const struct client *other = c->server->clients; other; other = other->next)
		n += other->state == CLIENT_SUBSCRIBED && other->peer.uid != 0;
	if (n >= SERVER_SUBSCRIBERS && c->peer.uid != 0)
		client_refuse(c, "too many subscribers");
	else
		answer(c, CLIENT_SUBSCRIBED, c->server->ops->status(c->server->arg));
}

static bool is_root(struct client *c, const char *otherwise)
{
	if (c->peer.uid == 0)
		return true;
	client_refuse(c, "%s", otherwise);
	return false;
}

/* Of nodes that are no device's nobody would take leave. */
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
	answer(c, CLIENT_IDLE, json_pack("{s:b}", "ok", 1));
}

static void reload(struct client *c)
{
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *refusal = NULL;

	if (!is_root(c, "only root has the configuration read again"))
		return;
	if (c->server->ops->reload(c->server->arg, &err) >= 0) {
		answer(c, CLIENT_IDLE, json_pack("{s:b}", "ok", 1));
		return;
	}
	refusal = reply_error(error_text(&err), false);
	send_line(c, refusal);
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
		answer(c, CLIENT_IDLE, c->server->ops->status(c->server->arg));
		break;
	case QUERY_EVENTS:
		subscribe(c);
		break;
	case QUERY_ENTER:
		begin_entry(c, &query);
		break;
	case QUERY_CONFIRM:
		confirm_entry(c, &query);
		break;
	case QUERY_LEAVING:
		announce(c, &query.nodes);
		break;
	case QUERY_RELOAD:
		reload(c);
		break;
	}
}

/* A client that is not to speak now has broken the rules; so we never have two requests of one to keep. */
static void on_input(struct client *c)
{
	bool may_speak = (c->state == CLIENT_IDLE || c->state == CLIENT_OFFERED) && !lines_waiting(&c->lines);
	char *line;
	size_t len = 0;

	if (!may_speak) {
		client_refuse(c, "one request at a time: wait for the answer, and say nothing to a stream of events");
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
	if (lines_waiting(&c->lines) && c->state == CLIENT_IDLE)
		listen_to(c);
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
			listen_to(c);
	}
	if (c->state == CLIENT_CLOSED || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	if (c->half_closed) {
		client_close(c); /* it hung up, and what was left it will never read */
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

int client_new(struct server *s, int fd, const struct peer *peer, struct client **ret, struct error *err)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		close(fd);
		return fail(err, -ENOMEM, "%m");
	}
	c->server = s;
	c->source = (struct source){ fd, on_client, c };
	c->state = CLIENT_IDLE;
	c->deadline = now_ms() + SERVER_PATIENCE_MS;
	c->pidfd = -1;
	c->peer = *peer;
	r = loop_add(s->epoll, &c->source, EPOLLIN, err);
	if (r < 0) {
		client_free(c);
		return r;
	}
	*ret = c;
	return 0;
}
