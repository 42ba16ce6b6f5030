/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Allow rules: parsed from text and written as text. */

#include "rules.h"

#include "basic/nodeset.h"
#include "basic/strutil.h"
#include "basic/strv.h"

#include <errno.h>

static const char *const kinds[N_RULE_KINDS] = {
	[RULE_MALLOC] = "malloc", [RULE_ANON] = "anon", [RULE_FILE] = "file",
	[RULE_SHM] = "shm",       [RULE_DATA] = "data", [RULE_HEAP] = "heap",
};

#define KIND(k) (1U << RULE_##k)
#define ANY_KIND ((1U << N_RULE_KINDS) - 1)

/* The grammar: which keys there are, what they hold, and the kinds that they go with. */
static const struct key {
	const char *name, *example;
	enum {
		SIZE,
		TEXT,
		POLICY,
		NODE,
		THP,
		YES
	} type;
	size_t offset; /* of a size or a text in struct rule */
	unsigned kinds;
	bool places; /* says where to, so it is no use in a rule that denies */
} keys[] = {
	{ "min", "1M", SIZE, offsetof(struct rule, min), ANY_KIND & ~KIND(HEAP), false },
	{ "max", "1G", SIZE, offsetof(struct rule, max), ANY_KIND & ~KIND(HEAP), false },
	{ "caller", "libfoo.so*", TEXT, offsetof(struct rule, caller), KIND(MALLOC) | KIND(ANON), false },
	{ "path", "/dev/dax*", TEXT, offsetof(struct rule, path), KIND(FILE), false },
	{ "name", "cache*", TEXT, offsetof(struct rule, name), KIND(ANON) | KIND(SHM), false },
	{ "object", "libfoo.so*", TEXT, offsetof(struct rule, object), KIND(DATA), false },
	{ "symbol", "table", TEXT, offsetof(struct rule, symbol), KIND(DATA), false },
	{ "nodes", "1-2", TEXT, offsetof(struct rule, nodes), ANY_KIND, true },
	{ "policy", "bind", POLICY, 0, ANY_KIND, true },
	{ "home", "1", NODE, 0, ANY_KIND, true },
	{ "thp", "always", THP, 0, ANY_KIND, true },
	{ "exec", "yes", YES, 0, KIND(ANON) | KIND(FILE) | KIND(SHM), true },
};

const char *rule_kind_name(enum rule_kind k)
{
	return kinds[k];
}

static char **text_of(const struct rule *rule, const struct key *key)
{
	return (char **)((uintptr_t)rule + key->offset);
}

static uint64_t *size_of(const struct rule *rule, const struct key *key)
{
	return (uint64_t *)((uintptr_t)rule + key->offset);
}

/* One rule's text, and where it came from: for messages. */
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

/* The index in known of the word at p, or what is wrong with it. */
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

/* The key at p, one that this kind of rule knows; NULL: src->err says why not. */
static const struct key *find_key(const struct source *src, const char *p, size_t len, enum rule_kind kind)
{
	const struct key *fitting[ELEMENTSOF(keys)] = { NULL };
	const char *names[ELEMENTSOF(keys)];
	size_t n = 0;
	int i;

	for (size_t k = 0; k < ELEMENTSOF(keys); k++) {
		if (keys[k].kinds & 1U << kind) {
			fitting[n] = &keys[k];
			names[n++] = keys[k].name;
		} else if (strlen(keys[k].name) == len && strncmp(keys[k].name, p, len) == 0) {
			fail_at(src, p, "\"%s\" does not go with %s", keys[k].name, kinds[kind]);
			return NULL;
		}
	}
	i = find_word(src, p, len, "key", names, n);
	return i < 0 ? NULL : fitting[i];
}

static int set_size(const struct source *src, const char *p, const char *value, const struct key *key, struct rule *rule)
{
	uint64_t n;
	int r = parse_size(value, &n);

	if (r == -ERANGE)
		return fail_at(src, p, "%s=%s is more than can be counted", key->name, value);
	if (r < 0)
		return fail_at(src, p, "\"%s\" is no size: write %s=1M, in bytes or with K, M, G, T", value, key->name);
	*size_of(rule, key) = n;
	return 0;
}

/* What stands in rules travels through an environment variable and into messages. */
static int set_text(const struct source *src, const char *p, const char *value, const struct key *key, struct rule *rule)
{
	char *text;

	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fail_at(src, p, "%s has a control character in it", key->name);
	text = strdup(value);
	if (!text)
		return out_of_memory(src);
	*text_of(rule, key) = text;
	return 0;
}

static int set_policy(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	const char *names[POLICY_WEIGHTED + 1];
	int i;

	for (size_t k = 0; k < ELEMENTSOF(names); k++)
		names[k] = policy_name((enum cdm_policy)k);
	i = find_word(src, p, strlen(value), "policy", names, ELEMENTSOF(names));
	if (i < 0)
		return i;
	rule->policy = (enum cdm_policy)i;
	rule->has_policy = true;
	return 0;
}

static int set_home(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	if (parse_int(value, &rule->home) < 0 || rule->home >= NODESET_MAX)
		return fail_at(src, p, "\"%s\" is no node: write home=1", value);
	rule->has_home = true;
	return 0;
}

static const char *const thps[] = { [THP_ALWAYS] = "always", [THP_NEVER] = "never" };

static int set_thp(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	int i = find_word(src, p, strlen(value), "thp", thps + THP_ALWAYS, ELEMENTSOF(thps) - THP_ALWAYS);

	if (i < 0)
		return i;
	rule->thp = (enum rule_thp)(THP_ALWAYS + i);
	return 0;
}

/* To say no is to say nothing. */
static int set_exec(const struct source *src, const char *p, const char *value, struct rule *rule)
{
	if (!streq(value, "yes"))
		return fail_at(src, p, "\"%s\" is not known: write exec=yes, or leave it out", value);
	rule->exec = true;
	return 0;
}

static int set_value(const struct source *src, const char *p, size_t len, const struct key *key, struct rule *rule)
{
	_cleanup_free_ char *value = strndup(p, len);

	if (!value)
		return out_of_memory(src);
	switch (key->type) {
	case SIZE:
		return set_size(src, p, value, key, rule);
	case TEXT:
		return set_text(src, p, value, key, rule);
	case NODE:
		return set_home(src, p, value, rule);
	case THP:
		return set_thp(src, p, value, rule);
	case YES:
		return set_exec(src, p, value, rule);
	case POLICY:
		break;
	}
	return set_policy(src, p, value, rule);
}

/* KEY=VALUE at p, up to a comma or the end. */
static int parse_key(const struct source *src, const char *p, struct rule *rule, unsigned *seen)
{
	size_t len = strcspn(p, ","), key_len = strcspn(p, ",=");
	const struct key *key;
	unsigned bit;
	int r;

	if (key_len == 0)
		return fail_at(src, p, "a key is missing: KEY=VALUE, such as %s",
			       rule->kind == RULE_HEAP ? "nodes=1" : "min=1M");
	key = find_key(src, p, key_len, rule->kind);
	if (!key)
		return src->err->code;
	bit = 1U << (key - keys);
	if (*seen & bit)
		return fail_at(src, p, "\"%s\" is given twice", key->name);
	*seen |= bit;
	if (rule->deny && key->places)
		return fail_at(src, p, "\"%s\" says where to, and a rule with ! places nothing", key->name);
	if (key_len == len || key_len + 1 == len)
		return fail_at(src, p + key_len, "\"%s\" has no value: write %s=%s", key->name, key->name, key->example);
	r = set_value(src, p + key_len + 1, len - key_len - 1, key, rule);
	if (r == 0 && rule->min > rule->max)
		return fail_at(src, p, "min is above max: nothing could match");
	return r;
}

static int parse(const struct source *src, struct rule *rule)
{
	const char *p = src->text + rule->deny;
	size_t len = strcspn(p, ",");
	unsigned seen = 0;
	int r;

	if (len == 0)
		return fail_at(src, p, "a kind is missing: malloc, anon, file, shm, data or heap");
	r = find_word(src, p, len, "kind", kinds, N_RULE_KINDS);
	if (r < 0)
		return r;
	rule->kind = (enum rule_kind)r;
	for (p += len; *p; p += strcspn(p, ",")) {
		r = parse_key(src, ++p, rule, &seen);
		if (r < 0)
			return r;
	}
	/* Without its object, a symbol would have to be looked for in every library. */
	if (rule->symbol && !rule->object)
		return fail_at(src, src->text, "\"symbol\" needs \"object\": the program's or library's file name");
	return 0;
}

int rules_add(struct rules *rules, const char *where, const char *text, struct error *err)
{
	const struct source src = { .where = where, .text = text, .err = err };
	_cleanup_rule_ struct rule rule = { .deny = text[0] == '!', .max = UINT64_MAX };
	int r = parse(&src, &rule);

	if (r < 0)
		return r;
	r = rules_append(rules, &rule, err);
	return r < 0 ? fail_prefix(err, "%s", where) : 0;
}

static bool copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

int rules_append(struct rules *rules, const struct rule *rule, struct error *err)
{
	_cleanup_rule_ struct rule copy = *rule;
	struct rule *grown;
	bool ok = true;

	for (size_t k = 0; k < ELEMENTSOF(keys); k++)
		if (keys[k].type == TEXT)
			ok &= copy_text((char **)(void *)((char *)&copy + keys[k].offset),
					*(char *const *)(const void *)((const char *)rule + keys[k].offset));
	if (rules->n == RULES_MAX)
		return fail(err, -E2BIG, "too many rules: %d is the most", RULES_MAX);
	grown = ok ? reallocarray(rules->v, rules->n + 1, sizeof(*grown)) : NULL;
	if (!grown)
		return fail(err, -ENOMEM, "out of memory");
	rules->v = grown;
	rules->v[rules->n++] = TAKE(copy, (struct rule){ 0 });
	return 0;
}

static void write_size(FILE *f, uint64_t bytes)
{
	static const char units[] = "KMGTP";
	size_t unit = 0;

	/* Exact, as it is read back: only whole units. */
	while (bytes && bytes % 1024 == 0 && unit < strlen(units)) {
		bytes /= 1024;
		unit++;
	}
	fprintf(f, "%llu", (unsigned long long)bytes);
	if (unit)
		fputc(units[unit - 1], f);
}

static void write_key(FILE *f, const struct key *key, const struct rule *rule)
{
	const char *text;
	uint64_t bytes;

	switch (key->type) {
	case SIZE:
		bytes = *size_of(rule, key);
		if (bytes == (streq(key->name, "max") ? UINT64_MAX : 0))
			return;
		fprintf(f, ",%s=", key->name);
		write_size(f, bytes);
		return;
	case TEXT:
		text = *text_of(rule, key);
		if (text)
			fprintf(f, ",%s=%s", key->name, text);
		return;
	case POLICY:
		if (rule->has_policy)
			fprintf(f, ",%s=%s", key->name, policy_name(rule->policy));
		return;
	case NODE:
		if (rule->has_home)
			fprintf(f, ",%s=%d", key->name, rule->home);
		return;
	case THP:
		if (rule->thp)
			fprintf(f, ",%s=%s", key->name, thps[rule->thp]);
		return;
	case YES:
		if (rule->exec)
			fprintf(f, ",%s=yes", key->name);
	}
}

char *rule_text(const struct rule *rule)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	_cleanup_fclose_ FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s%s", rule->deny ? "!" : "", rule_kind_name(rule->kind));
	for (size_t k = 0; k < ELEMENTSOF(keys); k++)
		write_key(f, &keys[k], rule);
	return fclose(TAKE_PTR(f)) == 0 ? TAKE_PTR(text) : NULL;
}

void rule_clear(struct rule *rule)
{
	for (size_t k = 0; k < ELEMENTSOF(keys); k++)
		if (keys[k].type == TEXT)
			free(*text_of(rule, &keys[k]));
	*rule = (struct rule){ 0 };
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_clear(&rules->v[i]);
	free(rules->v);
	*rules = RULES_NONE;
}
