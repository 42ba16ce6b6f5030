/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Allow rules: parsed from text and written as text. */

#include "rules.h"

#include "basic/array.h"
#include "basic/nodeset.h"
#include "basic/strutil.h"
#include "basic/strv.h"

#include <errno.h>

#define KIND(k) PLACEMENT_KIND(PLACEMENT_##k)
#define ANY_KIND (KIND(KINDS) - 1)

/* The grammar: the keys, the kind of their values, and the kinds of rules that they go with. */
static const struct key {
	const char *name, *example; /* name: NULL means that of its glob */
	enum {
		MIN,
		MAX,
		GLOB,
		NODES,
		POLICY,
		HOME,
		THP,
		EXEC
	} what;
	enum placement_key glob;
	unsigned kinds;
	bool places; /* it says where ranges go, so a rule that denies cannot have it */
} keys[] = {
	{ "min", "1M", MIN, 0, ANY_KIND & ~KIND(HEAP), false },
	{ "max", "1G", MAX, 0, ANY_KIND & ~KIND(HEAP), false },
	{ NULL, "libfoo.so*", GLOB, PLACEMENT_CALLER, KIND(MALLOC) | KIND(ANON), false },
	{ NULL, "/dev/dax*", GLOB, PLACEMENT_PATH, KIND(FILE), false },
	{ NULL, "cache*", GLOB, PLACEMENT_NAME, KIND(ANON) | KIND(SHM), false },
	{ NULL, "libfoo.so*", GLOB, PLACEMENT_OBJECT, KIND(DATA), false },
	{ NULL, "table", GLOB, PLACEMENT_SYMBOL, KIND(DATA), false },
	{ "nodes", "1-2", NODES, 0, ANY_KIND, true },
	{ "policy", "bind", POLICY, 0, ANY_KIND, true },
	{ "home", "1", HOME, 0, ANY_KIND, true },
	{ "thp", "always", THP, 0, ANY_KIND, true },
	{ NULL, "yes", EXEC, PLACEMENT_EXEC, KIND(ANON) | KIND(FILE) | KIND(SHM), true },
};

static const char *key_name(const struct key *key)
{
	return key->name ? key->name : placement_keys[key->glob];
}

/* The text of one rule, and where it is from, for messages. */
struct source {
	const char *where, *text;
	struct error *err;
};

static int fail_at(const struct source *src, const char *at, const char *fmt, ...) _printf_(3, 4);

static int fail_at(const struct source *src, const char *at, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt);

	return fail(src->err, -EINVAL, "%s '%s': column %zu: %s", src->where, src->text, (size_t)(at - src->text) + 1,
		    message ? message : "out of memory");
}

static int out_of_memory(const struct source *src)
{
	return fail(src->err, -ENOMEM, "%s: out of memory", src->where);
}

/* Returns the index in known of the word at p, or fails with what is wrong with it. */
static int find_word(const struct source *src, const char *p, size_t len, const char *what, const char *const *known,
		     size_t n_known)
{
	_cleanup_free_ char *word = strndup(p, len), *message = NULL;

	if (!word)
		return out_of_memory(src);
	for (size_t i = 0; i < n_known; i++)
		if (streq(known[i], word))
			return (int)i;
	message = unknown_word(what, word, known, n_known);
	return fail_at(src, p, "%s", message ? message : "out of memory");
}

/* Finds the key at p among those that go with this kind of rule. */
static int find_key(const struct source *src, const char *p, size_t len, enum placement_kind kind, const struct key **ret)
{
	const struct key *fitting[ELEMENTSOF(keys)] = { NULL };
	const char *names[ELEMENTSOF(keys)] = { NULL };
	size_t n = 0;
	int i;

	for (size_t k = 0; k < ELEMENTSOF(keys); k++) {
		if (keys[k].kinds & 1U << kind) {
			fitting[n] = &keys[k];
			names[n++] = key_name(&keys[k]);
		} else if (strlen(key_name(&keys[k])) == len && strncmp(key_name(&keys[k]), p, len) == 0) {
			return fail_at(src, p, "\"%s\" does not go with %s", key_name(&keys[k]), placement_kinds[kind]);
		}
	}
	i = find_word(src, p, len, "key", names, n);
	if (i < 0)
		return i;
	*ret = fitting[i];
	return 0;
}

static int set_size(const struct source *src, const char *p, const char *value, const struct key *key, uint64_t *ret)
{
	int r = parse_size(value, ret);

	if (r == -ERANGE)
		return fail_at(src, p, "%s=%s is more than can be counted", key_name(key), value);
	return r < 0 ? fail_at(src, p, "\"%s\" is no size: write %s=1M, in bytes or with K, M, G, T", value, key_name(key)) :
		       0;
}

/* Rules are passed on in an environment variable and appear in messages, so control characters are refused. */
static int take_text(const struct source *src, const char *p, char *value, const struct key *key, char **ret)
{
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fail_at(src, p, "%s has a control character in it", key_name(key));
	*ret = strdup(value);
	return *ret ? 0 : out_of_memory(src);
}

static int set_glob(const struct source *src, const char *p, char *value, const struct key *key, struct rule *rule)
{
	char *text = NULL;
	int r = take_text(src, p, value, key, &text);

	rule->asks.globs[key->glob] = text;
	return r;
}

static int set_policy(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	int i = find_word(src, p, strlen(value), "policy", policy_words, POLICIES_ASKED);

	if (i < 0)
		return i;
	rule->policy = (enum cdm_policy)i;
	rule->has_policy = true;
	return 0;
}

static int set_home(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	int node;

	if (parse_int(value, &node) < 0 || node >= NODESET_MAX)
		return fail_at(src, p, "\"%s\" is no node: write home=1", value);
	rule->home = (unsigned)node;
	rule->has_home = true;
	return 0;
}

static int set_thp(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	/* The first word is the default of a rule without this key. */
	int i = find_word(src, p, strlen(value), "thp", placement_thps + 1, PLACEMENT_THPS - 1);

	if (i < 0)
		return i;
	rule->thp = (enum placement_thp)(i + 1);
	return 0;
}

/* There is no exec=no: that is the default. */
static int set_exec(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	if (!streq(value, "yes"))
		return fail_at(src, p, "\"%s\" is not known: write exec=yes, or leave it out", value);
	rule->asks.exec = true;
	return 0;
}

static int set_value(const struct source *src, const char *p, size_t len, const struct key *key, struct rule *rule)
{
	_cleanup_free_ char *value = strndup(p, len);

	if (!value)
		return out_of_memory(src);
	switch (key->what) {
	case MIN:
		return set_size(src, p, value, key, &rule->asks.min);
	case MAX:
		return set_size(src, p, value, key, &rule->asks.max);
	case GLOB:
		return set_glob(src, p, value, key, rule);
	case NODES:
		return take_text(src, p, value, key, &rule->nodes);
	case HOME:
		return set_home(src, p, value, rule);
	case THP:
		return set_thp(src, p, value, rule);
	case EXEC:
		return set_exec(src, p, value, rule);
	case POLICY:
		break;
	}
	return set_policy(src, p, value, rule);
}

/* Parses KEY=VALUE at p, up to a comma or the end. */
static int parse_key(const struct source *src, const char *p, struct rule *rule, unsigned *seen)
{
	size_t len = strcspn(p, ","), key_len = strcspn(p, ",=");
	const struct key *key = NULL;
	unsigned bit;
	int r;

	if (key_len == 0)
		return fail_at(src, p, "a key is missing: KEY=VALUE, such as %s",
			       rule->asks.kind == PLACEMENT_HEAP ? "nodes=1" : "min=1M");
	r = find_key(src, p, key_len, rule->asks.kind, &key);
	if (r < 0)
		return r;
	bit = 1U << (key - keys);
	if (*seen & bit)
		return fail_at(src, p, "\"%s\" is given twice", key_name(key));
	*seen |= bit;
	if (!rule->asks.allow && key->places)
		return fail_at(src, p, "\"%s\" says where to, and a rule with ! places nothing", key_name(key));
	if (key_len == len || key_len + 1 == len)
		return fail_at(src, p + key_len, "\"%s\" has no value: write %s=%s", key_name(key), key_name(key),
			       key->example);
	r = set_value(src, p + key_len + 1, len - key_len - 1, key, rule);
	if (r == 0 && rule->asks.min > rule->asks.max)
		return fail_at(src, p, "min is above max: nothing could match");
	return r;
}

static int kind_is_missing(const struct source *src, const char *p)
{
	_cleanup_strv_ struct strv kinds = STRV_NONE;
	_cleanup_free_ char *list = NULL;
	int r = 0;

	for (size_t i = 0; i < PLACEMENT_KINDS && r >= 0; i++)
		r = strv_add(&kinds, placement_kinds[i]);
	list = r >= 0 ? strv_join(&kinds, ", ") : NULL;
	return list ? fail_at(src, p, "a kind is missing, one of %s", list) : out_of_memory(src);
}

static int parse(const struct source *src, struct rule *rule)
{
	const char *p = src->text + !rule->asks.allow;
	size_t len = strcspn(p, ",");
	unsigned seen = 0;
	int r;

	if (len == 0)
		return kind_is_missing(src, p);
	r = find_word(src, p, len, "kind", placement_kinds, PLACEMENT_KINDS);
	if (r < 0)
		return r;
	rule->asks.kind = (enum placement_kind)r;
	for (p += len; *p; p += strcspn(p, ",")) {
		r = parse_key(src, ++p, rule, &seen);
		if (r < 0)
			return r;
	}
	/* Without an object the symbol would have to be searched in every library. */
	if (rule->asks.globs[PLACEMENT_SYMBOL] && !rule->asks.globs[PLACEMENT_OBJECT])
		return fail_at(src, src->text, "\"symbol\" needs \"object\": the program's or library's file name");
	return 0;
}

int rules_add(struct rules *rules, const char *where, const char *text, struct error *err)
{
	const struct source src = { .where = where, .text = text, .err = err };
	_cleanup_rule_ struct rule rule = { .asks = { .allow = text[0] != '!', .max = PLACEMENT_NO_LIMIT } };
	int r = parse(&src, &rule);

	if (r < 0)
		return r;
	r = rules_append(rules, &rule, err);
	return r < 0 ? fail_prefix(err, r, "%s", where) : 0;
}

int rules_append(struct rules *rules, const struct rule *rule, struct error *err)
{
	_cleanup_rule_ struct rule copy = *rule;
	bool ok = true;

	for (int key = 0; key < PLACEMENT_GLOBS; key++) {
		copy.asks.globs[key] = rule->asks.globs[key] ? strdup(rule->asks.globs[key]) : NULL;
		ok = ok && !copy.asks.globs[key] == !rule->asks.globs[key];
	}
	copy.nodes = rule->nodes ? strdup(rule->nodes) : NULL;
	ok = ok && !copy.nodes == !rule->nodes;
	if (rules->n == PLACEMENT_RULES)
		return fail(err, -E2BIG, "too many rules: %d is the most", PLACEMENT_RULES);
	if (!ok || !RESERVE(rules->v, rules->n))
		return fail(err, -ENOMEM, "out of memory");
	rules->v[rules->n++] = TAKE(copy, (struct rule){ 0 });
	return 0;
}

static void write_size(FILE *f, const char *key, uint64_t bytes)
{
	static const char units[] = "KMGTP";
	size_t unit = 0;

	/* Uses only whole units, so that the value is exact when it is read back. */
	while (bytes && bytes % 1024 == 0 && unit < strlen(units)) {
		bytes /= 1024;
		unit++;
	}
	fprintf(f, ",%s=%llu", key, (unsigned long long)bytes);
	if (unit)
		fputc(units[unit - 1], f);
}

static void write_word(FILE *f, const char *key, const char *word)
{
	if (word)
		fprintf(f, ",%s=%s", key, word);
}

static void write_key(FILE *f, const struct key *key, const struct rule *rule)
{
	switch (key->what) {
	case MIN:
		if (rule->asks.min)
			write_size(f, key_name(key), rule->asks.min);
		return;
	case MAX:
		if (rule->asks.max != PLACEMENT_NO_LIMIT)
			write_size(f, key_name(key), rule->asks.max);
		return;
	case GLOB:
		write_word(f, key_name(key), rule->asks.globs[key->glob]);
		return;
	case NODES:
		write_word(f, key_name(key), rule->nodes);
		return;
	case POLICY:
		write_word(f, key_name(key), rule->has_policy ? policy_name(rule->policy) : NULL);
		return;
	case HOME:
		if (rule->has_home)
			fprintf(f, ",%s=%u", key_name(key), rule->home);
		return;
	case THP:
		write_word(f, key_name(key), rule->thp ? placement_thps[rule->thp] : NULL);
		return;
	case EXEC:
		write_word(f, key_name(key), rule->asks.exec ? "yes" : NULL);
	}
}

char *rule_text(const struct rule *rule)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s%s", rule->asks.allow ? "" : "!", placement_kinds[rule->asks.kind]);
	for (size_t k = 0; k < ELEMENTSOF(keys); k++)
		write_key(f, &keys[k], rule);
	return fclose(TAKE_PTR(f)) == 0 ? TAKE_PTR(text) : NULL;
}

void rule_clear(struct rule *rule)
{
	for (int key = 0; key < PLACEMENT_GLOBS; key++)
		free((char *)rule->asks.globs[key]);
	free(rule->nodes);
	*rule = (struct rule){ 0 };
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_clear(&rules->v[i]);
	free(rules->v);
	*rules = RULES_NONE;
}
