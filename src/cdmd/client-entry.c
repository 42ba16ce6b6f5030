/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A request to enter a group: identifies the process, checks that it may enter and that it still exists. */

#include "client-internal.h"

#include "basic/strutil.h"
#include "timer.h"

#include <sys/random.h>

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

static void on_looked_up(void *arg, bool yes)
{
	struct client *c = arg;

	c->lookup = NULL;
	if (yes)
		offer(c);
	else
		refuse_entry(c);
}

/* A limit for each user, so that one user cannot take all lookups. */
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

		client_send(c, busy);
		return;
	}
	if (lookup_start(c->server->epoll, config, c->wish.group, &c->peer, on_looked_up, c, &c->lookup, &err) < 0) {
		client_refuse(c, "looking up user names: %s", error_text(&err));
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

void client_confirm_entry(struct client *c, const struct query *query)
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
		client_refuse(c, "that is not the nonce that cdmd sent");
	else if (!is_still_the_peer(c, pidfd))
		return;
	else if (c->server->ops->enter(c->server->arg, &entry, &path, &err) < 0)
		client_refuse(c, "%s", error_text(&err));
	else
		client_answer(c, CLIENT_IDLE, json_pack("{s:b, s:o}", "ok", 1, "cgroup", json_foreign(path)));
}
