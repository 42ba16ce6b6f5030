/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One class of the configuration, read from JSON. */

#include "config-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>

#define CLASS_NAME_MAX 64

static int read_nodes(const struct json_at *at, void *into, struct error *err)
{
	struct match *m = into;
	const char *text;
	int r = json_get_string(at, " such as \"4-7\"", &text, err);

	if (r < 0)
		return r;
	r = nodeset_parse(text, &m->nodes);
	if (r == -ERANGE)
		return json_at_fail(at, err, "\"%s\" is out of range: nodes are 0 to %d", text, NODESET_MAX - 1);
	if (r < 0 || nodeset_empty(&m->nodes))
		return json_at_fail(at, err, "\"%s\" is no node list such as \"4-7\" or \"1,3\"", text);
	m->has_nodes = true;
	return 0;
}

static int read_origin_word(const struct json_at *at, void *into, struct error *err)
{
	const char *words[N_ORIGINS];
	struct match *m = into;
	int i;

	/* ORIGIN_NONE is the first and means a node without memory: it cannot be matched. */
	for (int o = ORIGIN_NONE + 1; o < N_ORIGINS; o++)
		words[o - 1] = origin_name((enum origin)o);
	i = json_get_word(at, words, N_ORIGINS - 1, err);
	if (i < 0)
		return i;
	m->origins |= 1U << (i + 1);
	return 0;
}

static int read_origin(const struct json_at *at, void *into, struct error *err)
{
	if (!json_is_array(at->value))
		return read_origin_word(at, into, err);
	if (json_array_size(at->value) == 0)
		return json_at_fail(at, err, "an empty list of origins matches nothing");
	return json_each(at, read_origin_word, into, err);
}

static int read_cpuless(const struct json_at *at, void *into, struct error *err)
{
	struct match *m = into;

	if (!json_is_boolean(at->value))
		return json_expect(at, JSON_TRUE, " or false", err);
	m->cpuless = json_is_true(at->value);
	m->has_cpuless = true;
	return 0;
}

static int read_device(const struct json_at *at, void *into, struct error *err)
{
	((struct match *)into)->device = true;
	return json_expect(at, JSON_TRUE, " (or be left out)", err);
}

static int read_tier(const struct json_at *at, void *into, struct error *err)
{
	struct match *m = into;

	m->has_tier = true;
	return json_get_int(at, &m->tier, err);
}

/* "80", "40-80" or "40-" */
static int parse_distance(const char *text, int *ret_min, int *ret_max)
{
	uint64_t min, max;
	int r = parse_range(text, &min, &max);

	if (r < 0)
		return r;
	if (max == UINT64_MAX)
		max = INT_MAX;
	if (min > INT_MAX || max > INT_MAX)
		return -ERANGE;
	*ret_min = (int)min;
	*ret_max = (int)max;
	return 0;
}

static int read_distance(const struct json_at *at, void *into, struct error *err)
{
	struct match *m = into;
	const char *text;
	int r;

	m->has_distance = true;
	if (json_is_integer(at->value)) {
		r = json_get_int(at, &m->distance_min, err);
		m->distance_max = m->distance_min;
		return r;
	}
	r = json_get_string(at, " such as \"40-80\", or a whole number", &text, err);
	if (r < 0)
		return r;
	if (parse_distance(text, &m->distance_min, &m->distance_max) < 0)
		return json_at_fail(at, err, "\"%s\" is no distance such as \"80\", \"40-80\" or \"40-\"", text);
	return 0;
}

static int read_glob(const struct json_at *at, const char *like, char **ret, struct error *err)
{
	const char *text;
	int r = json_get_string(at, like, &text, err);

	if (r < 0)
		return r;
	*ret = strdup(text);
	return *ret ? 0 : fail(err, -ENOMEM, "out of memory");
}

static int read_pci(const struct json_at *at, void *into, struct error *err)
{
	return read_glob(at, " such as \"0009:01:*\"", &((struct match *)into)->pci, err);
}

static int read_driver(const struct json_at *at, void *into, struct error *err)
{
	return read_glob(at, " such as \"nvidia*\"", &((struct match *)into)->driver, err);
}

static int read_match(const struct json_at *at, void *into, struct error *err)
{
	static const struct json_field fields[] = {
		{ "nodes", read_nodes },       { "origin", read_origin }, { "cpuless", read_cpuless },
		{ "tier", read_tier },         { "pci", read_pci },       { "driver", read_driver },
		{ "distance", read_distance }, { "device", read_device },
	};
	int r = json_get_fields(at, fields, ELEMENTSOF(fields), &((struct class *)into)->match, err);

	if (r < 0)
		return r;
	if (json_object_size(at->value) == 0)
		return json_at_fail(at, err,
				    "an empty \"match\" would take system memory: name what makes a device node, "
				    "such as { \"origin\": \"dax\" }");
	return 0;
}

static int read_online(const struct json_at *at, void *into, struct error *err)
{
	const char *words[ONLINE_NEVER + 1];
	int i;

	for (size_t p = 0; p < ELEMENTSOF(words); p++)
		words[p] = online_policy_name((enum online_policy)p);
	i = json_get_word(at, words, ELEMENTSOF(words), err);
	if (i < 0)
		return i;
	((struct class *)into)->online = (enum online_policy)i;
	return 0;
}

static int read_order(const struct json_at *at, void *into, struct error *err)
{
	static const char *const words[] = { "lowest", "highest" };
	int i = json_get_word(at, words, ELEMENTSOF(words), err);

	if (i < 0)
		return i;
	((struct class *)into)->highest_first = i == 1;
	return 0;
}

static int read_hugepool(const struct json_at *at, void *into, struct error *err)
{
	struct hugepool pool = { 0 };
	struct class *c = into;
	int pages, r;

	if (parse_size(at->key, &pool.page_size) < 0 || pool.page_size < 4096 || pool.page_size & (pool.page_size - 1))
		return json_at_fail_key(at, err, "\"%s\" is no size of huge pages such as \"2M\" or \"1G\"", at->key);
	for (size_t i = 0; i < c->n_hugepools; i++)
		if (c->hugepools[i].page_size == pool.page_size)
			return json_at_fail_key(at, err, "\"%s\": this size is given twice", at->key);
	r = json_get_int(at, &pages, err);
	if (r < 0)
		return r;
	pool.pages = (uint64_t)pages;
	if (!RESERVE(c->hugepools, c->n_hugepools))
		return fail(err, -ENOMEM, "out of memory");
	c->hugepools[c->n_hugepools++] = pool;
	return 0;
}

static int read_hugepages(const struct json_at *at, void *into, struct error *err)
{
	int r = json_expect(at, JSON_OBJECT, " such as { \"2M\": 64 }", err);

	return r < 0 ? r : json_each(at, read_hugepool, into, err);
}

static int check_name(const struct json_at *at, struct error *err)
{
	size_t len = strlen(at->key);

	if (streq(at->key, "system"))
		return json_at_fail_key(at, err, "\"system\" is the class of all other nodes: choose another name");
	for (const char *p = at->key; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			len = 0;
	if (len == 0 || len > CLASS_NAME_MAX)
		return json_at_fail_key(at, err,
					"\"%s\" is no name of a class: 1 to %d letters, digits, \"_\", \".\", \"-\"",
					at->key, CLASS_NAME_MAX);
	return 0;
}

int read_class(const struct json_at *at, struct class *ret, struct error *err)
{
	static const struct json_field fields[] = {
		{ "match", read_match },
		{ "online", read_online },
		{ "order", read_order },
		{ "hugepages", read_hugepages },
	};
	_cleanup_class_ struct class c = { .online = ONLINE_MOVABLE };
	int r = check_name(at, err);

	if (r < 0)
		return r;
	r = json_get_fields_commented(at, fields, ELEMENTSOF(fields), &c, err);
	if (r < 0)
		return r;
	if (!json_object_get(at->value, "match"))
		return json_at_fail(at, err, "\"match\" is missing: which nodes are \"%s\"?", at->key);
	c.name = strdup(at->key);
	if (!c.name)
		return fail(err, -ENOMEM, "out of memory");
	*ret = TAKE(c, (struct class){ 0 });
	return 0;
}
