/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parser of a line of /proc/PID/numa_maps, and what /proc/PID/maps adds to it. */

#include "numa-maps.h"

#include "basic/array.h"
#include "basic/mangled.h"
#include "basic/strutil.h"

#include <errno.h>

void vma_done(struct vma *vma)
{
	free(vma->policy);
	free(vma->name);
	free(vma->on);
	*vma = VMA_NONE;
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

int numa_maps_line(struct span line, struct vma *ret)
{
	_cleanup_vma_ struct vma vma = VMA_NONE;
	int r = parse_vma(&vma, line);

	if (r < 0)
		return r;
	*ret = TAKE(vma, VMA_NONE);
	return 0;
}

void vma_to_base_pages(struct vma *vma, uint64_t base)
{
	for (size_t i = 0; vma->what == VMA_HUGE && vma->page_size > base && i < vma->n_on; i++)
		vma->on[i].pages *= vma->page_size / base;
}

int vma_add_map(struct vma *vma, const struct mapping *map, struct span name)
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
