/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rules.h"

#include "basic/strutil.h"
#include "basic/strv.h"

#include <errno.h>

static const char *const kinds[] = { [RULE_MALLOC] = "malloc", [RULE_ANON] = "anon" };
static const char *const keys[] = { "min", "max" };

/* The grammar's other words: whoever writes one made no typing error. */
static const char *const later_kinds[] = { "file", "shm", "data", "heap" };
static const char *const later_keys[] = { "caller", "path", "name", "object", "symbol", "nodes", "policy" };

const char *rule_kind_name(enum rule_kind k)
{
	return kinds[k];
}

/* One rule's text, and where it came from: for messages. */
struct source {
	const char *where, *text;
	struct error *err;
};

static int fail_at(const struct source *src, const char *at, const char *fmt, ...) _printf_(3, 4);

static int fail_at(const struct source *src, const char *at, const char *fmt, ...)
{
	_cleanup_free_ char *message = FORMATTED(fmt), *text = escape_text(src->text);
	_cleanup_free_ char *shown = message ? escape_text(message) : NULL;

	if (!text || !shown)
		return fail(src->err, -ENOMEM, "%s: out of memory", src->where);
	return fail(src->err, -EINVAL, "%s '%s': column %zu: %s", src->where, text, (size_t)(at - src->text) + 1, shown);
}

/* The index in known of the word at p, or what is wrong with it. */
static int find_word(const struct source *src, const char *p, size_t len, const char *what, const char *const *known,
		     size_t n_known, const char *const *later, size_t n_later)
{
	_cleanup_free_ char *word = strndup(p, len), *message = NULL, *names = NULL;

	if (!word)
		return fail(src->err, -ENOMEM, "%s: out of memory", src->where);
	for (size_t i = 0; i < n_known; i++)
		if (streq(known[i], word))
			return (int)i;
	for (size_t i = 0; i < n_later; i++)
		if (streq(later[i], word)) {
			names = strv_join(&(struct strv){ .s = (char **)known, .n = n_known }, ", ");
			return fail_at(src, p, "rule %s \"%s\" is not supported by this version; known: %s", what, word,
				       names ? names : "");
		}
	message = unknown_word(what, word, known, n_known);
	return fail_at(src, p, "%s", message ? message : "out of memory");
}

static int parse_value(const struct source *src, const char *p, size_t len, const char *key, uint64_t *ret)
{
	_cleanup_free_ char *value = strndup(p, len);
	int r = value ? parse_size(value, ret) : -ENOMEM;

	if (r == -ENOMEM)
		return fail(src->err, r, "%s: out of memory", src->where);
	if (r == -ERANGE)
		return fail_at(src, p, "%s=%s is more than can be counted", key, value);
	if (r < 0)
		return fail_at(src, p, "\"%s\" is no size: write %s=1M, in bytes or with K, M, G, T", value, key);
	return 0;
}

/* KEY=VALUE at p, up to a comma or the end. */
static int parse_key(const struct source *src, const char *p, struct rule *rule, unsigned *seen)
{
	size_t len = strcspn(p, ","), key_len = strcspn(p, ",=");
	const char *value = p + key_len + 1;
	uint64_t n;
	int key, r;

	if (key_len == 0)
		return fail_at(src, p, "a key is missing: KEY=VALUE, such as min=1M");
	key = find_word(src, p, key_len, "key", keys, ELEMENTSOF(keys), later_keys, ELEMENTSOF(later_keys));
	if (key < 0)
		return key;
	if (*seen & 1U << key)
		return fail_at(src, p, "\"%s\" is given twice", keys[key]);
	*seen |= 1U << key;
	if (key_len == len || key_len + 1 == len)
		return fail_at(src, p + key_len, "\"%s\" has no value: write %s=1M", keys[key], keys[key]);
	r = parse_value(src, value, len - key_len - 1, keys[key], &n);
	if (r < 0)
		return r;
	if (streq(keys[key], "min"))
		rule->min = n;
	else
		rule->max = n;
	if (rule->min > rule->max)
		return fail_at(src, p, "min is above max: nothing could match");
	return 0;
}

int rules_add(struct rules *rules, const char *where, const char *text, struct error *err)
{
	const struct source src = { .where = where, .text = text, .err = err };
	struct rule rule = { .deny = text[0] == '!', .max = UINT64_MAX };
	const char *p = text + rule.deny;
	size_t len = strcspn(p, ",");
	unsigned seen = 0;
	int r;

	if (len == 0)
		return fail_at(&src, p, "a kind is missing: malloc or anon");
	r = find_word(&src, p, len, "kind", kinds, ELEMENTSOF(kinds), later_kinds, ELEMENTSOF(later_kinds));
	if (r < 0)
		return r;
	rule.kind = (enum rule_kind)r;
	for (p += len; *p; p += strcspn(p, ",")) {
		p++;
		r = parse_key(&src, p, &rule, &seen);
		if (r < 0)
			return r;
	}
	r = rules_append(rules, &rule, err);
	return r < 0 ? fail_prefix(err, "%s", where) : 0;
}

int rules_append(struct rules *rules, const struct rule *rule, struct error *err)
{
	struct rule *grown;

	if (rules->n == RULES_MAX)
		return fail(err, -E2BIG, "too many rules: %d is the most", RULES_MAX);
	grown = reallocarray(rules->v, rules->n + 1, sizeof(*grown));
	if (!grown)
		return fail(err, -ENOMEM, "out of memory");
	rules->v = grown;
	rules->v[rules->n++] = *rule;
	return 0;
}

static void write_size(FILE *f, const char *key, uint64_t bytes)
{
	static const char units[] = "KMGTP";
	size_t unit = 0;

	/* Exact, as it is read back: only whole units. */
	while (bytes && bytes % 1024 == 0 && unit < strlen(units)) {
		bytes /= 1024;
		unit++;
	}
	fprintf(f, ",%s=%llu", key, (unsigned long long)bytes);
	if (unit)
		fputc(units[unit - 1], f);
}

char *rule_text(const struct rule *rule)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s%s", rule->deny ? "!" : "", rule_kind_name(rule->kind));
	if (rule->min)
		write_size(f, "min", rule->min);
	if (rule->max != UINT64_MAX)
		write_size(f, "max", rule->max);
	return fclose(TAKE_PTR(f)) == 0 ? TAKE_PTR(text) : NULL;
}

void rules_free(struct rules *rules)
{
	free(rules->v);
	*rules = RULES_NONE;
}

static const char *const policies[] = {
	[POLICY_PREFER] = "prefer",
	[POLICY_BIND] = "bind",
	[POLICY_INTERLEAVE] = "interleave",
	[POLICY_WEIGHTED] = "weighted",
};

const char *policy_name(enum cdm_policy p)
{
	return policies[p];
}

int policy_from_name(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(policies); i++)
		if (streq(policies[i], name))
			return (int)i;
	return -EINVAL;
}
