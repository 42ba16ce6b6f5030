/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds the rule that placed a mapping, from what /proc shows of the process afterwards. */

#include "vma-match.h"

#include "basic/strutil.h"

#define KIND(k) PLACEMENT_KIND(PLACEMENT_##k)

/* As numa_maps shows them (mm/mempolicy.c, policy_modes). */
static const char *const modes[] = {
	[POLICY_PREFER] = "prefer (many)",         [POLICY_BIND] = "prefer (many)", [POLICY_INTERLEAVE] = "interleave",
	[POLICY_WEIGHTED] = "weighted interleave", [POLICY_PREFER_ONE] = "prefer",
};

/*
 * The kernel shows those nodes of the policy that are allowed and present, never one that the policy was not made with
 * (mpol_set_nodemask(), mpol_rebind_nodemask()).
 */
static bool is_of_target(const struct vma *vma, const struct placement_target *t)
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
 * The kinds of rules that can be about such a VMA. As long as no chunk is known (in trace mode there are none), a block
 * of malloc(3) looks like any other mapping. The part of a data segment behind the end of the file is anonymous.
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

/* Only the path in a rule can be compared with the VMA's name; the other keys were checked when the range was made. */
static int holds(const struct subject *s, unsigned rule, enum placement_key key, const char *glob)
{
	(void)rule;
	return key != PLACEMENT_PATH || !s->path || path_glob(glob, s->path);
}

/* A VMA in the form that rules are matched against. */
static struct subject subject_of(const struct vma *vma, unsigned kinds)
{
	return (struct subject){
		.kinds = kinds,
		.size = vma->end - vma->start,
		.is_exec = vma->is_exec,
		.holds = holds,
		.path = vma->what == VMA_HUGE ? NULL : vma->name,
	};
}

static uint64_t candidates(const struct matcher *m, const struct vma *vma)
{
	const struct counts_chunk *chunk = find_chunk(m, vma);
	const struct subject s = subject_of(vma, kinds_of(m, vma));
	const struct placement *place = &m->l->place;
	uint64_t found = 0;

	for (unsigned i = 0; i < place->n_rules; i++) {
		if (place->rules[i].allow && rule_fits(place, i, &s) &&
		    (chunk ? chunk->target == place->rules[i].target : is_of_target(vma, rule_target(place, i))))
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

	for (unsigned i = 0; i < l->place.n_rules; i++)
		if (rules & RULE_BIT(i))
			nodes = nodeset_or(&nodes, &rule_target(&l->place, i)->nodes);
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
	/* Nothing shows that anonymous memory which no rule took belongs to an object. */
	const struct subject s = subject_of(vma, kinds_of(m, vma) & (vma->what == VMA_ANON ? ~KIND(DATA) : ~0U));
	const struct placement *place = &m->l->place;
	const uint64_t found = match_rules(m, vma);
	struct nodeset named;
	unsigned first;

	*ret_rules = found;
	if (found)
		return RULING_TOOK;
	if (vma_policy_nodes(vma, &named) && !nodeset_subset(&named, &m->l->system))
		return RULING_OWN;
	first = rules_first(place, &s);
	if (first == place->n_rules)
		return RULING_NONE;
	*ret_rules = RULE_BIT(first);
	return place->rules[first].allow ? RULING_MISSED : RULING_REFUSED;
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
