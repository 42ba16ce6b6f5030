/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Binds the data and bss of loaded objects, as `data` rules demand. */

#include "data.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <unistd.h>

#include "bind.h"
#include "counts.h"
#include "objects.h"
#include "placement/placement-match.h"
#include "symbols.h"

struct range {
	uintptr_t start, end;
};

/* Whole pages only: pages that the range shares with a neighbour stay where they are. */
static struct range whole_pages(struct range r)
{
	uintptr_t page = (uintptr_t)getpagesize();

	return (struct range){ (r.start + page - 1) & ~(page - 1), r.end & ~(page - 1) };
}

static bool is_empty(struct range r)
{
	return r.end <= r.start;
}

/* .data and .bss: the writable segment, without the part that the dynamic linker has made read-only (PT_GNU_RELRO). */
static struct range variables_of(const struct dl_phdr_info *info, const ElfW(Phdr) * segment)
{
	struct range r = { info->dlpi_addr + segment->p_vaddr, info->dlpi_addr + segment->p_vaddr + segment->p_memsz };
	uintptr_t page = (uintptr_t)getpagesize();

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t end = info->dlpi_addr + p->p_vaddr + p->p_memsz;

		if (p->p_type == PT_GNU_RELRO && end > r.start && end <= r.end)
			r.start = end & ~(page - 1);
	}
	/* No other segment shares the segment's first and last page. */
	r.start &= ~(page - 1);
	r.end = (r.end + page - 1) & ~(page - 1);
	return r;
}

/* An object whose variables are being judged. */
struct object {
	const struct dl_phdr_info *info;
	struct range variables;
	uintptr_t file_end; /* end of the part that is backed by the file */
};

/*
 * A page that was never written is still in the page cache, shared with all processes: it must not move. Writing to it
 * gives this process a copy.
 */
static void own_pages(const struct object *o, struct range r)
{
	uintptr_t end = r.end < o->file_end ? r.end : o->file_end;

	for (uintptr_t p = r.start; p < end; p += (uintptr_t)getpagesize())
		__atomic_fetch_or((char *)p, 0, __ATOMIC_RELAXED);
}

static void bind(const struct placement *h, unsigned rule, const struct object *o, struct range r)
{
	own_pages(o, r);
	counts_allowed(rule, r.end - r.start);
	(void)bind_range(rule_target(h, rule), (void *)r.start, r.end - r.start, MPOL_MF_MOVE);
}

static int holds(const struct subject *s, unsigned rule, enum placement_key key, const char *glob)
{
	const struct object *o = s->caller;

	(void)rule;
	return key == PLACEMENT_OBJECT ? object_fits(o->info->dlpi_name, glob) : 0;
}

static bool symbol_range(const struct object *o, const char *symbol, struct range *ret)
{
	uintptr_t start;
	size_t size;

	if (!symbols_find(o->info, symbol, &start, &size) || start < o->variables.start || size > o->variables.end - start)
		return false;
	*ret = whole_pages((struct range){ start, start + size });
	return !is_empty(*ret);
}

/* A range that was bound before has a policy, except where a rule that denies has removed it. */
static bool is_new(struct range r)
{
	return bind_is_free((void *)r.start) && bind_is_free((void *)(r.end - 1));
}

/*
 * Applies the rules for single variables that come before `whole`, the rule for the whole object. It applies the
 * earliest last, so that the earliest wins. overrides: the whole object has just been bound.
 */
static void bind_symbols(const struct placement *h, const struct object *o, unsigned whole, bool overrides)
{
	for (unsigned i = whole; i-- > 0;) {
		const struct placement_rule *rule = &h->rules[i];
		struct range r;

		if (rule->kind != PLACEMENT_DATA || !rule->globs[PLACEMENT_SYMBOL] ||
		    !object_fits(o->info->dlpi_name, rule->globs[PLACEMENT_OBJECT]) ||
		    !symbol_range(o, rule->globs[PLACEMENT_SYMBOL], &r) || r.end - r.start < rule->min ||
		    r.end - r.start > rule->max)
			continue;
		if (rule->allow && (overrides || is_new(r)))
			bind(h, i, o, r);
		else if (!rule->allow && overrides)
			bind_undo((void *)r.start, r.end - r.start);
	}
}

static int bind_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct placement *h = arg;
	struct object o = { .info = info };

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		unsigned rule;
		bool whole;

		/* Variables among code (ld's --omagic) count as code. */
		if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_W | PF_X)) != PF_W)
			continue;
		o.variables = variables_of(info, segment);
		if (is_empty(o.variables))
			continue;
		o.file_end = info->dlpi_addr + segment->p_vaddr + segment->p_filesz;
		rule = rules_first(h, &(struct subject){ .kinds = PLACEMENT_KIND(PLACEMENT_DATA),
							 .size = o.variables.end - o.variables.start,
							 .holds = holds,
							 .caller = &o });
		whole = rule < h->n_rules && h->rules[rule].allow;
		if (whole && !is_new(o.variables))
			continue;
		if (whole)
			bind(h, rule, &o, o.variables);
		bind_symbols(h, &o, rule, whole);
	}
	return 0;
}

bool data_is_asked(const struct placement *h)
{
	return rules_smallest(h, PLACEMENT_KIND(PLACEMENT_DATA)) != UINT64_MAX;
}

void data_bind(const struct placement *h)
{
	int saved = errno;

	if (data_is_asked(h))
		dl_iterate_phdr(bind_object, (void *)(uintptr_t)h);
	errno = saved;
}
