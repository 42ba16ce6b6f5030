/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The memo: extended attributes of the cpuset root that survive the loss of the state file. */

#include "state-internal.h"

#include "basic/strutil.h"

#include <errno.h>

static bool is_none(int r)
{
	return r == -ENODATA || r == -EOPNOTSUPP;
}

int state_read_memo(const struct root *root, const char *mount, struct memo *ret)
{
	_cleanup_free_ char *known = NULL, *auto_online = NULL;
	struct memo m = { 0 };
	int r = root_get_xattr(root, MEMO_KNOWN, &known, "%s", mount);

	if (r < 0)
		return r;
	/* It is not in our format: it counts as missing. */
	if (nodeset_parse(known, &m.known) < 0)
		return -ENODATA;
	r = root_get_xattr(root, MEMO_AUTO_ONLINE, &auto_online, "%s", mount);
	if (r < 0 && !is_none(r))
		return r;
	m.auto_online = TAKE_PTR(auto_online);
	*ret = m;
	return 0;
}

/* Writes the attribute if it has another value; value NULL: removes it. */
static int write_one(const struct root *root, const char *mount, const char *name, const char *value)
{
	_cleanup_free_ char *now = NULL;
	int r = root_get_xattr(root, name, &now, "%s", mount);

	if (r < 0 ? !value && is_none(r) : value && streq(now, value))
		return 0;
	return root_set_xattr(root, name, value, "%s", mount);
}

int state_write_memo(const struct root *root, const char *mount, const struct state *s, struct error *err)
{
	int r = write_one(root, mount, MEMO_AUTO_ONLINE, s->auto_online);

	if (r >= 0)
		r = write_one(root, mount, MEMO_KNOWN, NODESET_STR(&s->known));
	return r < 0 ? fail(err, r, "/%s: writing its attribute " MEMO_KNOWN ": %m", mount) : 0;
}

int state_remove_memo(const struct root *root, const char *mount, struct error *err)
{
	int r = write_one(root, mount, MEMO_KNOWN, NULL);

	if (r >= 0)
		r = write_one(root, mount, MEMO_AUTO_ONLINE, NULL);
	return r < 0 ? fail(err, r, "/%s: removing its attribute " MEMO_KNOWN ": %m", mount) : 0;
}

int state_mark_lost(struct state *s)
{
	s->first = false;
	s->lost = true;
	if (!s->damage)
		s->damage = strdup("/" STATE_FILE " has gone");
	return s->damage ? 0 : -ENOMEM;
}

int state_recall(struct state *s, struct memo *m)
{
	/* A state that could not be written may be older than the memo. */
	if (!s->first) {
		s->known = nodeset_and(&s->known, &m->known);
		return 0;
	}
	s->known = m->known;
	s->auto_online = TAKE_PTR(m->auto_online);
	return state_mark_lost(s);
}
