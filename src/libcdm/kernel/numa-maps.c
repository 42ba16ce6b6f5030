/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parser of /proc/PID/numa_maps, and what /proc/PID/maps adds to it. */

#include "residency.h"

#include "basic/array.h"
#include "basic/mangled.h"
#include "basic/maps-line.h"
#include "basic/strutil.h"

#include <errno.h>
#include <unistd.h>

static void vma_reset(struct vma *vma)
{
	free(vma->policy);
	free(vma->name);
	free(vma->on);
	*vma = (struct vma){ 0 };
}

void vmas_free(struct vmas *vmas)
{
	for (size_t i = 0; i < vmas->n; i++)
		vma_reset(&vmas->v[i]);
	free(vmas->v);
	*vmas = VMAS_NONE;
}

/* The policy's text ends at a blank, but two modes have a blank in their name (mm/mempolicy.c, policy_modes). */
static struct span eat_policy(struct span *line)
{
	struct span policy = { line->p, line->p };

	if (!span_eat(line, "prefer (many)"))
		span_eat(line, "weighted interleave");
	while (line->p < line->end && *line->p != ' ')
		line->p++;
	policy.end = line->p;
	return policy;
}

static enum vma_what what_file(const char *name)
{
	static const char *const shm[] = { "/dev/shm/", "/memfd:", "/SYSV", "/dev/zero" };

	for (size_t i = 0; i < ELEMENTSOF(shm); i++)
		if (after_prefix(name, shm[i]))
			return VMA_SHM;
	return VMA_FILE;
}

/* "N1=5". */
static int add_pages(struct vma *vma, struct span word)
{
	uint64_t node, pages;

	if (!span_eat_number(&word, 10, &node) || node >= NODESET_MAX || !span_eat(&word, "=") ||
	    !span_eat_number(&word, 10, &pages) || !span_is_empty(word))
		return -EINVAL;
	if (!RESERVE(vma->on, vma->n_on))
		return -ENOMEM;
	vma->on[vma->n_on++] = (struct node_pages){ (int)node, pages };
	return 0;
}

/* One word after the policy. The kernel escapes blanks and '=' in names, so no name can look like another word. */
static int parse_word(struct vma *vma, struct span word)
{
	uint64_t kib;

	if (span_eat(&word, "file=")) {
		free(vma->name);
		vma->name = unmangle(word, "\n\t= ");
		if (!vma->name)
			return -ENOMEM;
		if (vma->what == VMA_ANON)
			vma->what = what_file(vma->name);
		return 0;
	}
	if (span_eat(&word, "kernelpagesize_kB=")) {
		if (!span_eat_number(&word, 10, &kib) || !span_is_empty(word) || kib == 0 || kib > UINT64_MAX / 1024)
			return -EINVAL;
		vma->page_size = kib * 1024;
		return 0;
	}
	if (span_eat(&word, "mapmax="))
		vma->is_shared = true;
	else if (span_is(word, "huge"))
		vma->what = VMA_HUGE;
	else if (span_is(word, "heap"))
		vma->what = VMA_HEAP;
	else if (span_is(word, "stack"))
		vma->what = VMA_STACK;
	else if (span_eat(&word, "N"))
		return add_pages(vma, word);
	return 0;
}

static int parse_vma(struct vma *vma, struct span line)
{
	struct span policy;
	int r = 0;

	if (!span_eat_number(&line, 16, &vma->start) || !span_eat(&line, " "))
		return -EINVAL;
	policy = eat_policy(&line);
	if (span_is_empty(policy))
		return -EINVAL;
	vma->policy = strndup(policy.p, (size_t)(policy.end - policy.p));
	if (!vma->policy)
		return -ENOMEM;
	for (struct span word; r >= 0 && !span_is_empty(word = span_next_word(&line));)
		r = parse_word(vma, word);
	return r;
}

/* gather_hugetlb_stats() counts huge pages; everything else is already counted in base pages. */
static void count_base_pages(struct vmas *vmas)
{
	uint64_t base = (uint64_t)sysconf(_SC_PAGESIZE);

	/* A captured tree of another machine has its own page size. */
	for (size_t i = 0; i < vmas->n; i++)
		if (vmas->v[i].what != VMA_HUGE && vmas->v[i].page_size) {
			base = vmas->v[i].page_size;
			break;
		}
	for (size_t i = 0; i < vmas->n; i++) {
		struct vma *vma = &vmas->v[i];

		for (size_t j = 0; vma->what == VMA_HUGE && vma->page_size > base && j < vma->n_on; j++)
			vma->on[j].pages *= vma->page_size / base;
	}
}

int numa_maps_parse(const char *text, size_t len, struct vmas *ret)
{
	_cleanup_vmas_ struct vmas vmas = VMAS_NONE;
	struct span rest = { text, text + len };

	while (!span_is_empty(rest)) {
		struct vma *vma = GROW(vmas.v, vmas.n);
		int r = vma ? parse_vma(vma, span_next_line(&rest)) : -ENOMEM;

		if (r < 0)
			return r;
	}
	count_base_pages(&vmas);
	*ret = TAKE(vmas, VMAS_NONE);
	return 0;
}

static int add_map(struct vma *vma, const struct mapping *map, struct span name)
{
	vma->end = map->end;
	vma->is_exec = map->is_exec;
	if (span_is_empty(name) || map->is_heap || span_is(name, "[stack]"))
		return 0;
	free(vma->name);
	vma->name = unmangle(name, "\n");
	if (!vma->name)
		return -ENOMEM;
	if (vma->what == VMA_FILE && map->is_exec)
		vma->what = VMA_TEXT;
	else if (vma->what == VMA_FILE && map->is_private && map->is_writable)
		vma->what = VMA_DATA;
	else if (vma->what == VMA_ANON && after_prefix(vma->name, "[anon_shmem:"))
		vma->what = VMA_SHM;
	return 0;
}

/*
 * For a VMA without a policy the kernel shows the task's (show_numa_map()). The vDSO is such a VMA: every process has
 * it, and no program binds it.
 */
static void find_tasks(struct vmas *vmas)
{
	const char *tasks = "default";

	for (size_t i = 0; i < vmas->n; i++)
		if (vmas->v[i].name && streq(vmas->v[i].name, "[vdso]"))
			tasks = vmas->v[i].policy;
	for (size_t i = 0; i < vmas->n; i++)
		vmas->v[i].is_tasks = streq(vmas->v[i].policy, tasks);
}

int vmas_add_maps(struct vmas *vmas, const char *text, size_t len)
{
	struct span rest = { text, text + len }, name = rest;
	struct mapping map = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < vmas->n; i++) {
		struct vma *vma = &vmas->v[i];
		int r = 0;

		while (r >= 0 && map.end <= vma->start && !span_is_empty(rest))
			r = maps_line_parse(span_next_line(&rest), &map, &name) ? 0 : -EINVAL;
		if (r >= 0 && map.start <= vma->start && vma->start < map.end)
			r = add_map(vma, &map, name);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < vmas->n; i++) {
		struct vma *vma = &vmas->v[i];

		/* The VMA was merged with the next one since: this end is the end of both. */
		if (i + 1 < vmas->n && vma->end > vmas->v[i + 1].start && vmas->v[i + 1].start > vma->start)
			vma->end = vmas->v[i + 1].start;
		if (vma->end)
			vmas->v[kept++] = *vma;
		else
			vma_reset(vma);
	}
	vmas->n = kept;
	find_tasks(vmas);
	return 0;
}
