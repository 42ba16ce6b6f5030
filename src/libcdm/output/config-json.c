/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration as JSON, as `config show` prints it. */

#include "libcdm/config/config.h"
#include "libcdm/json/json.h"

#include "basic/strutil.h"

#include <limits.h>

/* Adds a member. If the value could not be made or added, sets ok to false. */
static void put(bool *ok, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		*ok = false;
}

static void append(bool *ok, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		*ok = false;
}

static json_t *distance_to_json(const struct match *m)
{
	if (m->distance_min == m->distance_max)
		return json_integer(m->distance_min);
	if (m->distance_max == INT_MAX)
		return json_sprintf("%d-", m->distance_min);
	return json_sprintf("%d-%d", m->distance_min, m->distance_max);
}

static json_t *origins_to_json(bool *ok, unsigned origins)
{
	json_t *list;

	if ((origins & (origins - 1)) == 0)
		return json_string(origin_name((enum origin)__builtin_ctz(origins)));
	list = json_array();
	for (int o = 0; o < N_ORIGINS; o++)
		if (origins & 1U << o)
			append(ok, list, json_string(origin_name((enum origin)o)));
	return list;
}

static json_t *match_to_json(bool *ok, const struct match *m)
{
	json_t *match = json_object();

	if (m->device)
		put(ok, match, "device", json_true());
	if (m->has_nodes)
		put(ok, match, "nodes", json_nodes(&m->nodes));
	if (m->origins)
		put(ok, match, "origin", origins_to_json(ok, m->origins));
	if (m->has_cpuless)
		put(ok, match, "cpuless", json_boolean(m->cpuless));
	if (m->has_tier)
		put(ok, match, "tier", json_integer(m->tier));
	if (m->has_distance)
		put(ok, match, "distance", distance_to_json(m));
	if (m->pci)
		put(ok, match, "pci", json_string(m->pci));
	if (m->driver)
		put(ok, match, "driver", json_string(m->driver));
	return match;
}

static json_t *hugepages_to_json(bool *ok, const struct class *c)
{
	json_t *pools = json_object();

	for (size_t i = 0; i < c->n_hugepools; i++)
		put(ok, pools, SIZE_STR(c->hugepools[i].page_size), json_integer((json_int_t)c->hugepools[i].pages));
	return pools;
}

static json_t *class_to_json(bool *ok, const struct class *c)
{
	json_t *class = json_object();

	put(ok, class, "match", match_to_json(ok, &c->match));
	put(ok, class, "online", json_string(online_policy_name(c->online)));
	if (c->highest_first)
		put(ok, class, "order", json_string("highest"));
	if (c->n_hugepools)
		put(ok, class, "hugepages", hugepages_to_json(ok, c));
	return class;
}

static json_t *names_to_json(bool *ok, const struct strv *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->n; i++)
		append(ok, list, json_string(names->s[i]));
	return list;
}

static json_t *group_to_json(bool *ok, const struct config *c, const struct group *g)
{
	json_t *group = json_object(), *classes = json_array(), *enter;

	for (size_t i = 0; i < c->n_classes; i++)
		if (g->classes & CLASS_BIT(i))
			append(ok, classes, json_string(c->classes[i].name));
	put(ok, group, "classes", classes);
	if (g->enter_users.n || g->enter_groups.n) {
		enter = json_object();
		put(ok, enter, "users", names_to_json(ok, &g->enter_users));
		put(ok, enter, "groups", names_to_json(ok, &g->enter_groups));
		put(ok, group, "enter", enter);
	}
	return group;
}

json_t *config_to_json(const struct config *c)
{
	json_t *doc = json_object(), *classes = json_object(), *groups = json_object();
	bool ok = true;

	for (size_t i = 0; i < c->n_classes; i++)
		put(&ok, classes, c->classes[i].name, class_to_json(&ok, &c->classes[i]));
	for (size_t i = 0; i < c->n_groups; i++)
		put(&ok, groups, c->groups[i].pattern, group_to_json(&ok, c, &c->groups[i]));
	put(&ok, doc, "version", json_integer(1));
	put(&ok, doc, "auto_online", json_string(auto_online_policy_name(c->auto_online)));
	put(&ok, doc, "classes", classes);
	put(&ok, doc, "groups", groups);
	if (ok)
		return doc;
	json_decref(doc);
	return NULL;
}
