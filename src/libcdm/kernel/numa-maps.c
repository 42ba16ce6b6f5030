/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Parsers of /proc/PID/numa_maps and /proc/PID/maps. */

#include "residency.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>
#include <unistd.h>

/* A part of the text; the parsers below consume it from the front. */
struct span {
	const char *p, *end;
};

static struct span next_line(struct span *text)
{
	const char *newline = memchr(text->p, '\n', (size_t)(text->end - text->p));
	struct span line = { text->p, newline ? newline : text->end };

	text->p = newline ? newline + 1 : text->end;
	return line;
}

/* The text up to the next blank, after leading blanks. Empty at the end. */
static struct span next_word(struct span *line)
{
	struct span word;

	while (line->p < line->end && *line->p == ' ')
		line->p++;
	word.p = line->p;
	while (line->p < line->end && *line->p != ' ')
		line->p++;
	word.end = line->p;
	return word;
}

static bool is_empty(struct span s)
{
	return s.p == s.end;
}

static bool span_is(struct span s, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(s.end - s.p) == len && memcmp(s.p, text, len) == 0;
}

static bool eat(struct span *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, prefix, len) != 0)
		return false;
	s->p += len;
	return true;
}

static int digit_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool eat_number(struct span *s, unsigned base, uint64_t *ret)
{
	const char *first = s->p;
	uint64_t n = 0;

	for (; s->p < s->end && (unsigned)digit_value(*s->p) < base; s->p++) {
		if (n > (UINT64_MAX - base) / base)
			return false;
		n = n * base + (unsigned)digit_value(*s->p);
	}
	if (s->p == first)
		return false;
	*ret = n;
	return true;
}

/*
 * Decodes a path that mangle_path() (fs/seq_file.c) wrote: the bytes in `escaped` are three octal digits, all others
 * are unchanged, even a backslash. Owned; NULL: out of memory.
 */
static char *unescape(struct span s, const char *escaped)
{
	char *name = malloc((size_t)(s.end - s.p) + 1), *out = name;

	while (name && s.p < s.end) {
		if (*s.p == '\\' && s.end - s.p > 3 && s.p[1] >= '0' && s.p[1] <= '3') {
			unsigned a = (unsigned)(s.p[1] - '0'), b = (unsigned)(s.p[2] - '0'), c = (unsigned)(s.p[3] - '0');
			char byte = (char)(a << 6 | b << 3 | c);

			if (b < 8 && c < 8 && byte && strchr(escaped, byte)) {
				*out++ = byte;
				s.p += 4;
				continue;
			}
		}
		*out++ = *s.p++;
	}
	if (name)
		*out = '\0';
	return name;
}

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

	if (!eat(line, "prefer (many)"))
		eat(line, "weighted interleave");
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

	if (!eat_number(&word, 10, &node) || node >= NODESET_MAX || !eat(&word, "=") ||
	    !eat_number(&word, 10, &pages) || !is_empty(word))
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

	if (eat(&word, "file=")) {
		free(vma->name);
		vma->name = unescape(word, "\n\t= ");
		if (!vma->name)
			return -ENOMEM;
		if (vma->what == VMA_ANON)
			vma->what = what_file(vma->name);
		return 0;
	}
	if (eat(&word, "kernelpagesize_kB=")) {
		if (!eat_number(&word, 10, &kib) || !is_empty(word) || kib == 0 || kib > UINT64_MAX / 1024)
			return -EINVAL;
		vma->page_size = kib * 1024;
		return 0;
	}
	if (eat(&word, "mapmax="))
		vma->is_shared = true;
	else if (span_is(word, "huge"))
		vma->what = VMA_HUGE;
	else if (span_is(word, "heap"))
		vma->what = VMA_HEAP;
	else if (span_is(word, "stack"))
		vma->what = VMA_STACK;
	else if (eat(&word, "N"))
		return add_pages(vma, word);
	return 0;
}

static int parse_vma(struct vma *vma, struct span line)
{
	struct span policy;
	int r = 0;

	if (!eat_number(&line, 16, &vma->start) || !eat(&line, " "))
		return -EINVAL;
	policy = eat_policy(&line);
	if (is_empty(policy))
		return -EINVAL;
	vma->policy = strndup(policy.p, (size_t)(policy.end - policy.p));
	if (!vma->policy)
		return -ENOMEM;
	for (struct span word; r >= 0 && !is_empty(word = next_word(&line));)
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

	while (!is_empty(rest)) {
		struct vma *vma = GROW(vmas.v, vmas.n);
		int r = vma ? parse_vma(vma, next_line(&rest)) : -ENOMEM;

		if (r < 0)
			return r;
	}
	count_base_pages(&vmas);
	*ret = TAKE(vmas, VMAS_NONE);
	return 0;
}

/* A line of maps: "start-end rwxp offset major:minor inode   name" (fs/proc/task_mmu.c, show_map_vma()). */
struct map {
	uint64_t start, end;
	bool write, exec, private;
	struct span name;
};

static int parse_map(struct span line, struct map *ret)
{
	struct map m;
	struct span perms;

	if (!eat_number(&line, 16, &m.start) || !eat(&line, "-") || !eat_number(&line, 16, &m.end))
		return -EINVAL;
	perms = next_word(&line);
	if (perms.end - perms.p != 4)
		return -EINVAL;
	m.write = perms.p[1] == 'w';
	m.exec = perms.p[2] == 'x';
	m.private = perms.p[3] == 'p';
	for (int i = 0; i < 3; i++)
		if (is_empty(next_word(&line)))
			return -EINVAL;
	/* The name is the rest of the line, including blanks. */
	while (line.p < line.end && *line.p == ' ')
		line.p++;
	m.name = line;
	*ret = m;
	return 0;
}

static int add_map(struct vma *vma, const struct map *map)
{
	vma->end = map->end;
	vma->is_exec = map->exec;
	if (is_empty(map->name) || span_is(map->name, "[heap]") || span_is(map->name, "[stack]"))
		return 0;
	free(vma->name);
	vma->name = unescape(map->name, "\n");
	if (!vma->name)
		return -ENOMEM;
	if (vma->what == VMA_FILE && map->exec)
		vma->what = VMA_TEXT;
	else if (vma->what == VMA_FILE && map->private && map->write)
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
	struct span rest = { text, text + len };
	struct map map = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < vmas->n; i++) {
		struct vma *vma = &vmas->v[i];
		int r = 0;

		while (r >= 0 && map.end <= vma->start && !is_empty(rest))
			r = parse_map(next_line(&rest), &map);
		if (r >= 0 && map.start <= vma->start && vma->start < map.end)
			r = add_map(vma, &map);
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
