/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which rule a mapping of a process is there by, told from outside and after the fact. */

#include "vma-match.h"

#include "basic/strutil.h"

#define KIND(k) (1U << RULE_##k)

/* As numa_maps shows it (mm/mempolicy.c, policy_modes). */
static const char *const modes[] = {
	[POLICY_PREFER] = "prefer (many)",         [POLICY_BIND] = "prefer (many)", [POLICY_INTERLEAVE] = "interleave",
	[POLICY_WEIGHTED] = "weighted interleave", [POLICY_PREFER_ONE] = "prefer",
};

/*
 * The kernel shows the nodes that were allowed and there when the policy was made, or came since: never one that it was
 * not made with (mpol_set_nodemask(), mpol_rebind_nodemask()).
 */
static bool is_of_target(const struct vma *vma, const struct target *t)
{
	const char *nodes = after_prefix(vma->policy, modes[t->policy]);

	return nodes && after_prefix(nodes, "=static:") && vma_is_bound(vma, &t->nodes);
}

static bool knows_chunks(const struct matcher *m)
{
	for (size_t i = 0; i < m->n_chunks; i++)
		if (m->chunks[i].image == (int32_t)m->image)
			return true;
	return false;
}

static const struct counts_chunk *find_chunk(const struct matcher *m, const struct vma *vma)
{
	for (size_t i = 0; i < m->n_chunks; i++)
		if (m->chunks[i].image == (int32_t)m->image && vma->start >= m->chunks[i].base &&
		    vma->start < m->chunks[i].end)
			return &m->chunks[i];
	return NULL;
}

/*
 * What kinds of rules are about such a VMA. As long as no chunk is known (in trace mode there are none) a block of
 * malloc(3) looks like any other mapping. What is behind a file's end in a data segment is anonymous.
 */
static unsigned kinds_of(const struct matcher *m, const struct vma *vma)
{
	switch (vma->what) {
	case VMA_ANON:
		if (find_chunk(m, vma))
			return KIND(MALLOC);
		return KIND(ANON) | KIND(DATA) | (knows_chunks(m) ? 0 : KIND(MALLOC));
	case VMA_HUGE:
		return KIND(ANON) | KIND(SHM) | KIND(FILE);
	case VMA_SHM:
		return KIND(SHM);
	case VMA_DATA:
		return KIND(DATA) | KIND(FILE);
	case VMA_FILE:
	case VMA_TEXT:
		return KIND(FILE);
	case VMA_HEAP:
		return KIND(HEAP);
	case VMA_STACK:
		break;
	}
	return 0;
}

/* Executable memory is for those rules that say so. */
static bool may_be_meant(const struct rule *rule, const struct vma *vma)
{
	return rule->deny || rule->exec || !vma->is_exec;
}

/* What a rule asks of a file can be held against the VMA's name; the rest was asked when the range was made. */
static bool may_fit(const struct rule *rule, const struct vma *vma)
{
	return !rule->path || !vma->name || rule->kind != RULE_FILE || vma->what == VMA_HUGE ||
	       path_glob(rule->path, vma->name);
}

static uint64_t candidates(const struct matcher *m, const struct vma *vma)
{
	const struct counts_chunk *chunk = find_chunk(m, vma);
	const unsigned kinds = kinds_of(m, vma);
	uint64_t found = 0;

	for (size_t i = 0; i < m->l->rules.n; i++) {
		const struct rule *rule = &m->l->rules.v[i];
		const unsigned target = m->l->rule_targets[i];

		if (!rule->deny && kinds & 1U << rule->kind && may_be_meant(rule, vma) && may_fit(rule, vma) &&
		    (chunk ? chunk->target == target : is_of_target(vma, &m->l->targets[target])))
			found |= RULE_BIT(i);
	}
	return found;
}

uint64_t match_rules(const struct matcher *m, const struct vma *vma)
{
	const uint64_t found = candidates(m, vma);

	return found & m->used ? found & m->used : found;
}

struct nodeset match_nodes(const struct launch *l, uint64_t rules)
{
	struct nodeset nodes = NODESET_EMPTY;

	for (size_t i = 0; i < l->rules.n; i++)
		if (rules & RULE_BIT(i))
			nodes = nodeset_or(&nodes, &l->targets[l->rule_targets[i]].nodes);
	return nodes;
}

const char *ruling_name(enum ruling v)
{
	static const char *const names[] = {
		[RULING_TOOK] = "took",     [RULING_OWN] = "own",   [RULING_REFUSED] = "refused",
		[RULING_MISSED] = "missed", [RULING_NONE] = "none",
	};

	return names[v];
}

enum ruling match_ruling(const struct matcher *m, const struct vma *vma, uint64_t *ret_rules)
{
	/* Of anonymous memory that no rule took, nothing says that it is an object's. */
	const unsigned kinds = kinds_of(m, vma) & (vma->what == VMA_ANON ? ~KIND(DATA) : ~0U);
	const uint64_t size = vma->end - vma->start, found = match_rules(m, vma);
	struct nodeset named;

	*ret_rules = found;
	if (found)
		return RULING_TOOK;
	if (vma_policy_nodes(vma, &named) && !nodeset_subset(&named, &m->l->system))
		return RULING_OWN;
	for (size_t i = 0; i < m->l->rules.n; i++) {
		const struct rule *rule = &m->l->rules.v[i];

		if (!(kinds & 1U << rule->kind) || size < rule->min || size > rule->max || !may_be_meant(rule, vma) ||
		    !may_fit(rule, vma))
			continue;
		*ret_rules = RULE_BIT(i);
		return rule->deny ? RULING_REFUSED : RULING_MISSED;
	}
	return RULING_NONE;
}

char *match_text(const struct rules *rules, uint64_t which, const char *separator)
{
	_cleanup_strv_ struct strv texts = STRV_NONE;

	for (size_t i = 0; i < rules->n; i++) {
		_cleanup_free_ char *text = which & RULE_BIT(i) ? rule_text(&rules->v[i]) : NULL;

		if (which & RULE_BIT(i) && (!text || strv_add(&texts, text) < 0))
			return NULL;
	}
	return strv_join(&texts, separator);
}
