/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The socket /run/cdm/cdmd.sock: its listener and its connections, with limits for each user. */

#include "server.h"

#include "client.h"
#include "log.h"
#include "timer.h"

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

static unsigned count(const struct server *s, const uid_t *uid)
{
	unsigned n = 0;

	for (const struct client *c = s->clients; c; c = c->next)
		n += c->state != CLIENT_CLOSED && (!uid || c->peer.uid == *uid);
	return n;
}

/* The client that is idle longest, of those that have not asked for anything for SERVER_GRACE_MS. */
static struct client *find_idle(const struct server *s, uint64_t now)
{
	struct client *found = NULL;

	for (struct client *c = s->clients; c; c = c->next)
		if (c->state == CLIENT_IDLE && c->peer.uid != 0 &&
		    c->deadline + SERVER_GRACE_MS <= now + SERVER_PATIENCE_MS && (!found || c->deadline < found->deadline))
			found = c;
	return found;
}

/* Returns NULL if there is room, otherwise the reason why there is none. */
static const char *no_room(struct server *s, const struct peer *peer)
{
	const uid_t root = 0;
	struct client *idle;

	if (peer->uid == 0)
		return count(s, NULL) < SERVER_CLIENTS + SERVER_ROOT_CLIENTS || count(s, &root) < SERVER_ROOT_CLIENTS ?
			       NULL :
			       "busy: too many connections";
	if (count(s, &peer->uid) >= SERVER_USER_CLIENTS)
		return "busy: too many connections of this user";
	if (count(s, NULL) < SERVER_CLIENTS)
		return NULL;
	idle = find_idle(s, now_ms());
	if (!idle)
		return "busy: too many connections";
	client_refuse(idle, "closed without a request, since other clients are waiting");
	return NULL;
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
	const char *why;

	if (peer_of(fd, &peer, &err) < 0) {
		close(fd);
		return;
	}
	why = no_room(s, &peer);
	if (why) {
		server_log_refusal(s, &peer, why);
		turn_away(fd, why);
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
	close(s->listener.fd);
	s->listener.fd = fd;
	s->resume = 0;
	return loop_add(s->epoll, &s->listener, EPOLLIN, err);
}

void server_abandon(struct server *s)
{
	close(TAKE_FD(s->listener.fd));
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
