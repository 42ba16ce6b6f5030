/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finds mistakes in a configuration that is valid: settings that have no effect, and unknown user names. */

#include "config.h"

#include "basic/strutil.h"
#include "user-db.h"

#include <errno.h>

#define GIB (UINT64_C(1) << 30)

/* Memory that never comes online needs no group. */
static int check_class_is_granted(const struct config *c, size_t i, struct strv *problems)
{
	for (size_t g = 0; g < c->n_groups; g++)
		if (c->groups[g].classes & CLASS_BIT(i))
			return 0;
	if (c->classes[i].online == ONLINE_NEVER)
		return 0;
	return strv_addf(problems,
			 "class \"%s\": no group is granted it, so that nobody may use its nodes; name it in the \"classes\" of a "
			 "group",
			 c->classes[i].name);
}

/* The kernel does not allocate gigantic pages from zone Movable (hugepage_movable_supported()). */
static int check_hugepages(const struct class *class, struct strv *problems)
{
	int r = 0;

	for (size_t i = 0; i < class->n_hugepools && r >= 0; i++)
		if (class->online == ONLINE_MOVABLE && class->hugepools[i].page_size >= GIB)
			r = strv_addf(problems,
				      "class \"%s\": zone Movable, where its memory comes online, has no huge pages of %s; leave "
				      "them out, or choose \"online\": \"kernel\"",
				      class->name, SIZE_STR(class->hugepools[i].page_size));
	return r;
}

int config_problems(const struct config *c, struct strv *problems)
{
	int r = 0;

	for (size_t i = 0; i < c->n_classes && r >= 0; i++) {
		r = check_class_is_granted(c, i, problems);
		if (r >= 0)
			r = check_hugepages(&c->classes[i], problems);
	}
	return r;
}

int config_notes(const struct config *c, struct strv *notes)
{
	for (size_t i = 0; i < c->n_classes; i++)
		if (c->classes[i].match.device)
			return 0;
	return strv_add(notes,
			"\"classes\" takes the place of the built-in class \"device\": a device node that none of them matches "
			"is a system node, open to everybody; a last class with \"match\": { \"device\": true } keeps it fenced");
}

static int check_names(const struct group *g, const struct strv *names, const char *what,
		       int (*look_up)(const char *name), struct strv *problems)
{
	int r = 0;

	for (size_t i = 0; i < names->n && r >= 0; i++) {
		unsigned id;

		if (!user_db_is_id(names->s[i], &id) && look_up(names->s[i]) < 0)
			r = strv_addf(problems,
				      "group \"%s\": its \"enter\" names the %s \"%s\", which this system does not know",
				      g->pattern, what, names->s[i]);
	}
	return r;
}

static int find_user(const char *name)
{
	uid_t uid;

	return user_db_uid(name, &uid);
}

static int find_group(const char *name)
{
	gid_t gid;

	return user_db_gid(name, &gid);
}

int config_unknown_names(const struct config *c, struct strv *problems)
{
	int r = 0;

	for (size_t i = 0; i < c->n_groups && r >= 0; i++) {
		r = check_names(&c->groups[i], &c->groups[i].enter_users, "user", find_user, problems);
		if (r >= 0)
			r = check_names(&c->groups[i], &c->groups[i].enter_groups, "group", find_group, problems);
	}
	return r;
}
