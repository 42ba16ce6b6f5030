/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A request to enter a group: identifies the process, checks that it may enter and that it still exists. */

#include "client-internal.h"

#include "basic/strutil.h"
#include "access.h"
#include "cdmd/loop/timer.h"

#include <errno.h>
#include <sys/random.h>

/* Seconds that a lookup may take; after that the answer is no. */
#define LOOKUP_SEC 10

/* Children at a time, with those that finish although their clients have gone. */
#define TASKS_MAX (SERVER_LOOKUPS + SERVER_ENTRIES + SERVER_ROOT_CLIENTS)

/*
 * The process that holds the connection need not be the one that made it: a descriptor can be inherited or passed on.
 * Only the process that connected is served, with the ids that it had then. The kernel attaches the real ids to each
 * message, and the effective ids to the connection: a process in which they differ is not an ordinary program.
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
	client_answer(c, CLIENT_OFFERED, json_pack("{s:b, s:s}", "ok", 1, "nonce", c->nonce));
}

static void refuse_entry(struct client *c)
{
	client_refuse(c, "user %u may not enter group %s: only root may, and those in the group's \"enter\" (cdm.json(5))",
		      (unsigned)c->peer.uid, c->wish.group);
}

static void on_looked_up(void *arg, bool yes, const char *text _unused_)
{
	struct client *c = arg;

	c->task = NULL;
	if (yes)
		offer(c);
	else
		refuse_entry(c);
}

static bool is_granted_by_name(const void *arg, int out _unused_)
{
	const struct client *c = arg;

	return access_look_up(c->server->ops->config(c->server->arg), c->wish.group, &c->peer);
}

/* Answers that there is no room now. The connection stays. */
static void say_busy(struct client *c, const char *why)
{
	_cleanup_free_ char *busy = reply_error(why, true);

	client_send(c, busy);
}

/* Starts a child for the client, which is in `state` until it ends. Returns -EBUSY if there is no room now. */
static int start(struct client *c, const struct task_work *work, task_fn done, enum client_state state, unsigned limit,
		 struct error *err)
{
	int r;

	if (tasks_running() >= TASKS_MAX || !server_make_room(c->server, &c->peer, 1U << state, limit))
		return -EBUSY;
	r = task_start(c->server->epoll, work, done, c, &c->task, err);
	if (r < 0)
		return r;
	c->state = state;
	c->deadline = now_ms() + SERVER_PATIENCE_MS + work->limit_sec * 1000;
	return 0;
}

static void look_up(struct client *c)
{
	/* A database over the network may take its time, and its libraries are not for the daemon. */
	const struct task_work work = { .run = is_granted_by_name, .arg = c, .limit_sec = LOOKUP_SEC };
	_cleanup_error_ struct error err = ERROR_NONE;
	int r = start(c, &work, on_looked_up, CLIENT_LOOKING_UP, SERVER_LOOKUPS, &err);

	if (r == -EBUSY)
		say_busy(c, "busy: too many names are being looked up");
	else if (r < 0)
		client_refuse(c, "looking up user names: %s", error_text(&err));
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

void client_begin_entry(struct client *c, struct query *query)
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
 * cdmd opened the pidfd before it sent the nonce. If the process of the pidfd is still alive, it has had its pid ever
 * since, so a message with the nonce and this pid was sent by that process, not by a later one with the same pid.
 */
static bool is_still_the_peer(struct client *c)
{
	int mine = process_is_of(c->server->root, c->peer.pid, c->peer.uid, c->peer.gid);

	if (!pidfd_is_alive(c->pidfd))
		client_refuse(c, "the process that connected has ended");
	else if (mine < 0)
		client_refuse_hidden(c);
	else if (!mine)
		client_refuse(c,
			      "a program that the kernel protects from its own user (set-user-ID, capabilities, not "
			      "readable) cannot enter");
	else
		return true;
	return false;
}

/* The child writes the cgroup, or why there is none. */
static bool move(const void *arg, int out)
{
	const struct client *c = arg;
	const struct server *s = c->server;
	const struct entry entry = {
		.pid = c->peer.pid,
		.pidfd = c->pidfd,
		.peer = &c->peer,
		.group = c->wish.group,
		.nodes = c->wish.has_nodes ? &c->wish.nodes : NULL,
	};
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *path = NULL;
	bool ok = s->ops->enter(s->arg, &entry, &path, &err) >= 0;
	const char *text = ok ? path : error_text(&err);

	return write(out, text, strnlen(text, TASK_TEXT_MAX)) >= 0 && ok;
}

static void on_moved(void *arg, bool ok, const char *text)
{
	struct client *c = arg;

	c->task = NULL;
	if (ok)
		client_answer(c, CLIENT_IDLE, json_pack("{s:b, s:o}", "ok", 1, "cgroup", json_foreign(text)));
	else
		client_refuse(c, "%s", *text ? text : "moving the process was not finished in time");
}

/* In a child: the kernel moves the pages of the process, too, and nobody else waits for that. */
static void start_moving(struct client *c)
{
	const int keep[] = { c->server->root->fd, c->pidfd };
	const struct task_work work = {
		.run = move,
		.arg = c,
		.limit_sec = SERVER_ENTRY_SEC,
		.keep = keep,
		.n_keep = ELEMENTSOF(keep),
		.finishes = true,
	};
	_cleanup_error_ struct error err = ERROR_NONE;
	int r = start(c, &work, on_moved, CLIENT_ENTERING, SERVER_ENTRIES, &err);

	if (r == -EBUSY)
		client_turn_away(c, "busy: too many processes are being moved");
	else if (r < 0)
		client_refuse(c, "moving the process: %s", error_text(&err));
	else
		close(TAKE_FD(c->pidfd));
}

void client_confirm_entry(struct client *c, const struct query *query)
{
	if (!is_the_peer(c))
		return;
	if (!streq(query->nonce, c->nonce))
		client_refuse(c, "that is not the nonce that cdmd sent");
	else if (is_still_the_peer(c))
		start_moving(c);
}
