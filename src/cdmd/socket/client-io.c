/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Sends on a connection to the socket, and closes it. */

#include "client-internal.h"

#include "basic/strutil.h"
#include "cdmd/loop/log.h"
#include "cdmd/loop/timer.h"

#include <errno.h>
#include <sys/epoll.h>

#define OVERFLOW_LINE "{\"event\":\"overflow\"}\n"

void client_close(struct client *c)
{
	if (c->state == CLIENT_CLOSED)
		return;
	c->state = CLIENT_CLOSED;
	loop_close(c->server->epoll, &c->source);
	if (c->pidfd >= 0)
		close(TAKE_FD(c->pidfd));
	if (c->task)
		task_abandon(TAKE_PTR(c->task));
	lines_free(&c->lines);
	query_free(&c->wish);
}

void client_free(struct client *c)
{
	client_close(c);
	peer_free(&c->peer);
	free(c);
}

static void end_with(struct client *c, const char *message, bool busy)
{
	_cleanup_free_ char *line = reply_error(message, busy);

	server_log_refusal(c->server, &c->peer, message);
	if (line && !lines_waiting(&c->lines))
		(void)lines_send(&c->lines, c->source.fd, line);
	client_close(c);
}

void client_refuse(struct client *c, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt);

	end_with(c, message ? message : "out of memory", false);
}

void client_refuse_hidden(struct client *c)
{
	client_refuse(c,
		      "your process is hidden from cdmd: if /proc is mounted with hidepid= and gid=, cdmd.service needs "
		      "that group (SupplementaryGroups=)");
}

void client_turn_away(struct client *c, const char *why)
{
	end_with(c, why, true);
}

void client_listen(struct client *c)
{
	uint32_t events = (c->half_closed ? 0 : EPOLLIN) | (lines_waiting(&c->lines) ? EPOLLOUT : 0);

	if (loop_change(c->server->epoll, &c->source, events) < 0)
		client_close(c);
}

void client_send(struct client *c, const char *line)
{
	int r = line ? lines_send(&c->lines, c->source.fd, line) : -ENOMEM;

	if (r < 0 || (c->half_closed && !lines_waiting(&c->lines)))
		client_close(c);
	else
		client_listen(c);
}

void client_answer(struct client *c, enum client_state next, json_t *doc)
{
	_cleanup_json_ json_t *taken = doc;
	_cleanup_free_ char *line = taken ? json_line(taken) : NULL;

	c->state = next;
	c->active = now_ms();
	c->deadline = next == CLIENT_SUBSCRIBED ? UINT64_MAX : now_ms() + SERVER_PATIENCE_MS;
	client_send(c, line);
}

void client_tell(struct client *c, const char *line)
{
	if (lines_waiting(&c->lines) &&
	    c->lines.out_len - c->lines.out_sent + strlen(line) + sizeof(OVERFLOW_LINE) > LINES_OUT_MAX) {
		/* The subscriber gets this line after all that is still queued, and then the connection is closed. */
		log_event(LOG_LEVEL_NOTICE, "overflow", "message", "a subscriber does not read its events", NULL);
		c->state = CLIENT_IDLE;
		c->half_closed = true;
		c->deadline = now_ms() + SERVER_PATIENCE_MS;
		line = OVERFLOW_LINE;
	}
	client_send(c, line);
}
