/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The socket /run/cdm/cdmd.sock: its listener and its connections, of which everybody gets a fair share. */

#include "server.h"

#include "client.h"
#include "cdmd/loop/log.h"
#include "share.h"
#include "cdmd/loop/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 64
#define ACCEPTS_AT_ONCE 16
#define PAUSE_MS 1000

/* The log ---------------------------------------------------------------------------------------------------------- */

void server_log_refusal(struct server *s, const struct peer *peer, const char *message)
{
	char uid[16], pid[16];

	if (!ratelimit_allows(&s->refusals, now_ms()))
		return;
	snprintf(uid, sizeof(uid), "%u", (unsigned)peer->uid);
	snprintf(pid, sizeof(pid), "%d", (int)peer->pid);
	log_event(LOG_LEVEL_WARNING, "refused", "uid", uid, "pid", pid, "message", message, NULL);
}

static void log_swallowed(struct server *s, uint64_t now)
{
	uint64_t n = ratelimit_swallowed(&s->refusals, now);
	char count[24];

	if (!n)
		return;
	snprintf(count, sizeof(count), "%llu", (unsigned long long)n);
	log_event(LOG_LEVEL_WARNING, "refused", "more", count, "message", "so many more refusals were not logged", NULL);
}

/* Room ------------------------------------------------------------------------------------------------------------- */

#define EVERY_STATE ((1U << CLIENT_CLOSED) - 1)

/* A client counts if it is in one of the states, and is root or not. */
static bool does_count(const struct client *c, unsigned states, bool root)
{
	return c->peer.root == root && ((1U << c->state) & states);
}

static unsigned count(const struct server *s, unsigned states, bool root)
{
	unsigned n = 0;

	for (const struct client *c = s->clients; c; c = c->next)
		n += does_count(c, states, root);
	return n;
}

/* The client that gives way to the peer; NULL: none does. A process that is being moved cannot give way. */
static struct client *gives_way(const struct server *s, const struct peer *peer, unsigned states)
{
	const unsigned can = states & ~(1U << CLIENT_ENTERING);
	size_t n = count(s, can, false), at = 0;
	_cleanup_free_ struct share *shares = calloc(n + 1, sizeof(*shares));
	_cleanup_free_ struct client **clients = calloc(n + 1, sizeof(struct client *));

	if (!shares || !clients)
		return NULL;
	for (struct client *c = s->clients; c; c = c->next)
		if (does_count(c, can, false)) {
			clients[at] = c;
			shares[at++] = (struct share){ c->peer.cgroup, c->peer.uid, c->active };
		}
	shares[n] = (struct share){ peer->cgroup, peer->uid, UINT64_MAX };
	return clients[share_gives_way(shares, n + 1)];
}

bool server_make_room(struct server *s, const struct peer *peer, unsigned states, unsigned limit)
{
	struct client *c;

	if (peer->root || count(s, states, false) < limit)
		return true;
	c = gives_way(s, peer, states);
	if (!c)
		return false;
	client_turn_away(c, "busy: others wait, and your session or service has most connections");
	return true;
}

static bool has_room(struct server *s, const struct peer *peer)
{
	unsigned roots;

	if (!peer->root)
		return server_make_room(s, peer, EVERY_STATE, SERVER_CLIENTS);
	roots = count(s, EVERY_STATE, true);
	return roots < SERVER_ROOT_CLIENTS || roots + count(s, EVERY_STATE, false) < SERVER_CLIENTS + SERVER_ROOT_CLIENTS;
}

static void turn_away(int fd, const char *why)
{
	_cleanup_free_ char *line = reply_error(why, true);

	if (line)
		(void)!send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void welcome(struct server *s, int fd)
{
	struct peer peer;
	_cleanup_error_ struct error err = ERROR_NONE;
	struct client *c;

	if (peer_of(s->root, fd, &peer, &err) < 0) {
		close(fd);
		return;
	}
	if (!has_room(s, &peer)) {
		server_log_refusal(s, &peer, "busy: too many connections");
		turn_away(fd, "busy: too many connections");
		peer_free(&peer);
	} else if (client_new(s, fd, &peer, &c, &err) == 0) {
		c->next = s->clients;
		s->clients = c;
	}
}

/* Coming and going ------------------------------------------------------------------------------------------------- */

static int on_connection(struct source *source, uint32_t events _unused_, struct error *err _unused_)
{
	struct server *s = source->arg;

	for (unsigned i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			welcome(s, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			/*
			 * Out of descriptors or memory: let connections wait for a while, since they would wake epoll
			 * all the time.
			 */
			log_event(LOG_LEVEL_WARNING, "accept-failed", "message", strerror(errno), NULL);
			(void)loop_change(s->epoll, &s->listener, 0);
			s->resume = now_ms() + PAUSE_MS;
		}
		break;
	}
	return 0;
}

static void free_closed(struct server *s)
{
	for (struct client **at = &s->clients; *at;) {
		struct client *c = *at;

		if (c->state != CLIENT_CLOSED) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		client_free(c);
	}
}

uint64_t server_due(const struct server *s)
{
	uint64_t due = ratelimit_due(&s->refusals);

	if (s->resume && s->resume < due)
		due = s->resume;
	for (const struct client *c = s->clients; c; c = c->next)
		due = c->deadline < due ? c->deadline : due;
	return due;
}

void server_tick(struct server *s, uint64_t now)
{
	for (struct client *c = s->clients; c; c = c->next)
		if (c->deadline <= now && c->state != CLIENT_CLOSED)
			client_refuse(c, "timed out");
	free_closed(s);
	log_swallowed(s, now);
	if (s->resume && s->resume <= now) {
		s->resume = 0;
		(void)loop_change(s->epoll, &s->listener, EPOLLIN);
	}
}

void server_reloaded(struct server *s)
{
	for (struct client *c = s->clients; c; c = c->next)
		if (c->state == CLIENT_LOOKING_UP || c->state == CLIENT_OFFERED)
			client_refuse(c, "the configuration was read again meanwhile: ask again");
}

/* Events ----------------------------------------------------------------------------------------------------------- */

bool server_is_heard(const struct server *s)
{
	for (const struct client *c = s->clients; c; c = c->next)
		if (c->state == CLIENT_SUBSCRIBED)
			return true;
	return false;
}

void server_tell(struct server *s, const json_t *event)
{
	_cleanup_free_ char *line = json_line(event);

	for (struct client *c = s->clients; line && c; c = c->next)
		if (c->state == CLIENT_SUBSCRIBED)
			client_tell(c, line);
}

/* The socket ------------------------------------------------------------------------------------------------------- */

static int bind_for_all(int fd, struct error *err)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/" CDMD_SOCKET };
	mode_t mask;
	int r;

	if (unlink(name.sun_path) < 0 && errno != ENOENT)
		return fail(err, -errno, "%s: removing the old socket: %m", name.sun_path);
	/*
	 * umask gives the socket its mode as it is made (unix_bind_bsd()), so that it never exists with another mode.
	 */
	mask = umask(0111);
	r = bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ? -errno : 0;
	umask(mask);
	return r < 0 ? fail(err, r, "%s: making the socket: %m", name.sun_path) : 0;
}

static int open_listener(struct error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;
	int r;

	if (fd < 0)
		return fail(err, -errno, "socket: %m");
	/* Connections inherit SO_PASSCRED, so every message carries its sender (unix_sock_inherit_flags()). */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return fail(err, -errno, "SO_PASSCRED: %m");
	r = bind_for_all(fd, err);
	if (r < 0)
		return r;
	if (listen(fd, BACKLOG) < 0)
		return fail(err, -errno, "/%s: listening: %m", CDMD_SOCKET);
	return TAKE_FD(fd);
}

int server_open(struct server *s, const struct root *root, int epoll, const struct server_ops *ops, void *arg,
		struct error *err)
{
	int fd = open_listener(err);

	if (fd < 0)
		return fd;
	*s = (struct server){ .ops = ops, .arg = arg, .root = root, .epoll = epoll, .listener = { fd, on_connection, s } };
	return loop_add(epoll, &s->listener, EPOLLIN, err);
}

int server_keep(struct server *s, struct error *err)
{
	int fd;

	if (root_exists(s->root, CDMD_SOCKET))
		return 0;
	fd = open_listener(err);
	if (fd < 0)
		return fd;
	loop_close(s->epoll, &s->listener);
	s->listener.fd = fd;
	s->resume = 0;
	return loop_add(s->epoll, &s->listener, EPOLLIN, err);
}

void server_abandon(struct server *s)
{
	loop_close(s->epoll, &s->listener);
}

void server_close(struct server *s)
{
	if (s->listener.fd >= 0) {
		unlink("/" CDMD_SOCKET);
		close(s->listener.fd);
	}
	for (struct client *c = s->clients; c; c = c->next)
		client_close(c);
	free_closed(s);
	*s = SERVER_NONE;
}
