/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who may enter which group, decided from the configuration and the peer's credentials. */

#include "access.h"

#include "basic/strutil.h"
#include "libcdm/cgroup/cgroup-leaf.h"
#include "libcdm/config/user-db.h"

/* Says whether one name of an "enter" list means the peer. */
typedef enum access (*mean_fn)(const char *name, const struct peer *peer);

static enum access any(const struct strv *names, mean_fn means, const struct peer *peer)
{
	enum access best = ACCESS_NO;

	for (size_t i = 0; i < names->n && best != ACCESS_YES; i++) {
		enum access a = means(names->s[i], peer);

		best = a == ACCESS_NO ? best : a;
	}
	return best;
}

static bool may_be_entered(const char *path)
{
	_cleanup_free_ char *above = strdup(path);
	char *slash;

	if (!above)
		return false;
	do {
		if (leaf_is_ours(above))
			return false;
		slash = strrchr(above, '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	return true;
}

static enum access judge(const struct config *c, const char *path, const struct peer *peer, mean_fn user, mean_fn group)
{
	enum access best = ACCESS_NO;

	if (!config_is_group(c, path) || !may_be_entered(path))
		return ACCESS_NO;
	if (peer->root)
		return ACCESS_YES;
	for (size_t i = 0; i < c->n_groups && best != ACCESS_YES; i++) {
		const struct group *g = &c->groups[i];
		enum access a;

		if (!path_glob(g->pattern, path))
			continue;
		a = any(&g->enter_users, user, peer);
		if (a != ACCESS_YES) {
			enum access b = any(&g->enter_groups, group, peer);

			a = b == ACCESS_NO ? a : b;
		}
		best = a == ACCESS_NO ? best : a;
	}
	return best;
}

static enum access user_by_id(const char *name, const struct peer *peer)
{
	unsigned id;

	if (!user_db_is_id(name, &id))
		return ACCESS_ASK;
	return id == peer->uid ? ACCESS_YES : ACCESS_NO;
}

static enum access group_by_id(const char *name, const struct peer *peer)
{
	unsigned id;

	if (!user_db_is_id(name, &id))
		return ACCESS_ASK;
	return peer_in_group(peer, id) ? ACCESS_YES : ACCESS_NO;
}

enum access access_decide(const struct config *c, const char *path, const struct peer *peer)
{
	return judge(c, path, peer, user_by_id, group_by_id);
}

static enum access user_by_name(const char *name, const struct peer *peer)
{
	enum access known = user_by_id(name, peer);
	uid_t uid;

	if (known != ACCESS_ASK)
		return known;
	return user_db_uid(name, &uid) == 0 && uid == peer->uid ? ACCESS_YES : ACCESS_NO;
}

static enum access group_by_name(const char *name, const struct peer *peer)
{
	enum access known = group_by_id(name, peer);
	gid_t gid;

	if (known != ACCESS_ASK)
		return known;
	return user_db_gid(name, &gid) == 0 && peer_in_group(peer, gid) ? ACCESS_YES : ACCESS_NO;
}

bool access_look_up(const struct config *c, const char *path, const struct peer *peer)
{
	return judge(c, path, peer, user_by_name, group_by_name) == ACCESS_YES;
}
