/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The mappings of another process: what each of them is, and the rule that allows it. */

#include "mappings.h"

#include "allow.h"

#include "basic/array.h"
#include "basic/mangled.h"
#include "basic/maps-line.h"
#include "basic/strutil.h"

#include <errno.h>

/* Guards of stacks are small (pthread_attr_setguardsize(3)); what a heap has reserved below another mapping is not. */
#define GUARD_MAX (1UL << 20)

const char *map_what_name(enum map_what what)
{
	static const char *const names[] = {
		[MAP_OTHER] = "other",  [MAP_ANON] = "anon", [MAP_HEAP] = "heap",
		[MAP_OF_FILE] = "file", [MAP_SHM] = "shm",   [MAP_DATA] = "data",
	};

	return names[what];
}

static bool is_private(const struct map *map)
{
	return map->rights[3] == 'p';
}

static bool may(const struct map *map, char right)
{
	return strchr(map->rights, right) != NULL;
}

/* What each is ----------------------------------------------------------------------------------------------------- */

static char *without_suffix(char *text, const char *suffix)
{
	if (has_suffix(text, suffix))
		text[strlen(text) - strlen(suffix)] = '\0';
	return text;
}

/* Removes the prefix from the name, if it has it. */
static bool strip(struct map *map, const char *prefix)
{
	const char *rest = after_prefix(map->name, prefix);

	if (rest)
		memmove(map->name, rest, strlen(rest) + 1);
	return rest;
}

static enum map_what what_in_brackets(struct map *map)
{
	if (streq(map->name, "[heap]"))
		return MAP_HEAP;
	if (!strip(map, "[anon:") && !strip(map, "[anon_shmem:"))
		return MAP_OTHER;
	without_suffix(map->name, "]");
	return is_private(map) ? MAP_ANON : MAP_SHM;
}

/*
 * Recognizes the kernel's names of memory without a file system: "/memfd:NAME", "/SYSVxxxxxxxx", "/dev/zero" for shared
 * anonymous memory.
 */
static enum map_what what_of_path(struct map *map)
{
	without_suffix(map->name, " (deleted)");
	if (streq(map->name, "/anon_hugepage") || (streq(map->name, "/dev/zero") && !is_private(map))) {
		*map->name = '\0';
		return is_private(map) ? MAP_ANON : MAP_SHM;
	}
	if (strip(map, "/memfd:"))
		return MAP_SHM;
	if (after_prefix(map->name, "/SYSV"))
		return strip(map, "/") ? MAP_SHM : MAP_OTHER;
	if (after_prefix(map->name, "/dev/shm/"))
		return strip(map, "/dev/shm") ? MAP_SHM : MAP_OTHER;
	return MAP_OF_FILE;
}

static enum map_what what_alone(struct map *map)
{
	if (*map->name == '[')
		return what_in_brackets(map);
	if (*map->name == '/')
		return what_of_path(map);
	return !*map->name && map->inode == 0 && is_private(map) ? MAP_ANON : MAP_OTHER;
}

static int by_inode(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Executable memory is code. So is shared memory that another mapping makes executable: just-in-time compilers write
 * their code through one mapping and run it through another, and the policy belongs to the memory.
 */
static int mark_code(struct maps *maps)
{
	_cleanup_free_ uint64_t *inodes = calloc(maps->n ? maps->n : 1, sizeof(*inodes));
	size_t n = 0;

	if (!inodes)
		return -ENOMEM;
	for (size_t i = 0; i < maps->n; i++) {
		maps->v[i].is_code = may(&maps->v[i], 'x');
		if (maps->v[i].is_code && maps->v[i].what == MAP_SHM)
			inodes[n++] = maps->v[i].inode;
	}
	qsort(inodes, n, sizeof(*inodes), by_inode);
	for (size_t i = 0; i < maps->n; i++)
		if (maps->v[i].what == MAP_SHM && bsearch(&maps->v[i].inode, inodes, n, sizeof(*inodes), by_inode))
			maps->v[i].is_code = true;
	return 0;
}

/*
 * The mappings of a loaded object follow each other, and one of them is executable. The writable ones are its
 * variables. Variables without file contents (.bss) are anonymous and follow without a gap. An anonymous mapping that
 * follows by chance is taken for them: it stays on system nodes, unless a rule allows the object's data.
 */
static int mark_object(struct maps *maps, size_t first, size_t end)
{
	struct map *last = &maps->v[end - 1], *next = end < maps->n ? &maps->v[end] : NULL;
	bool is_object = false;

	for (size_t i = first; i < end; i++)
		is_object |= may(&maps->v[i], 'x');
	if (!is_object)
		return 0;
	for (size_t i = first; i < end; i++) {
		struct map *map = &maps->v[i];

		map->what = is_private(map) && may(map, 'w') && !may(map, 'x') ? MAP_DATA : MAP_OTHER;
	}
	if (!next || next->what != MAP_ANON || *next->name || next->start != last->end || !may(next, 'w'))
		return 0;
	free(next->name);
	next->name = strdup(last->name);
	next->what = MAP_DATA;
	return next->name ? 0 : -ENOMEM;
}

static int mark_objects(struct maps *maps)
{
	int r = 0;

	for (size_t first = 0, end; first < maps->n && r >= 0; first = end) {
		const struct map *map = &maps->v[first];

		for (end = first + 1; map->inode && end < maps->n; end++)
			if (maps->v[end].inode != map->inode || !streq(maps->v[end].name, map->name))
				break;
		if (map->inode)
			r = mark_object(maps, first, end);
	}
	return r;
}

void maps_mark_stack(struct maps *maps, uint64_t address)
{
	struct map *map = maps_find(maps, address), *guard = map && map > maps->v ? map - 1 : NULL;

	if (guard && map->what == MAP_ANON && guard->end == map->start && guard->what == MAP_ANON && !may(guard, 'r') &&
	    !may(guard, 'w') && guard->end - guard->start <= GUARD_MAX)
		map->what = MAP_OTHER;
}

/* The text --------------------------------------------------------------------------------------------------------- */

static int parse_line(struct span line, struct map *ret)
{
	struct mapping m;
	struct span name;

	if (!maps_line_parse(line, &m, &name))
		return -EINVAL;
	*ret = (struct map){ .start = m.start, .end = m.end, .inode = m.inode, .name = unmangle(name, "\n") };
	memcpy(ret->rights, m.rights, sizeof(ret->rights));
	return ret->name ? 0 : -ENOMEM;
}

int maps_parse(const char *text, struct maps *ret)
{
	_cleanup_maps_ struct maps maps = MAPS_NONE;
	struct span rest = { text, text + strlen(text) };
	int r = 0;

	while (r >= 0 && !span_is_empty(rest)) {
		struct map *map = GROW(maps.v, maps.n);

		r = map ? parse_line(span_next_line(&rest), map) : -ENOMEM;
	}
	if (r >= 0) {
		for (size_t i = 0; i < maps.n; i++)
			maps.v[i].what = what_alone(&maps.v[i]);
		r = mark_code(&maps);
	}
	if (r >= 0)
		r = mark_objects(&maps);
	if (r < 0)
		return r;
	*ret = TAKE(maps, MAPS_NONE);
	return 0;
}

void maps_free(struct maps *maps)
{
	for (size_t i = 0; i < maps->n; i++)
		free(maps->v[i].name);
	free(maps->v);
	*maps = MAPS_NONE;
}

struct map *maps_find(const struct maps *maps, uint64_t address)
{
	const size_t i = FIND_PLACE(maps->v, maps->n, map, map->end <= address);

	return i < maps->n && maps->v[i].start <= address ? &maps->v[i] : NULL;
}

/* Rules ------------------------------------------------------------------------------------------------------------ */

static unsigned kinds_of(enum map_what what)
{
	switch (what) {
	case MAP_ANON:
		return ALLOW_MAPPINGS;
	case MAP_HEAP:
		return PLACEMENT_KIND(PLACEMENT_HEAP);
	case MAP_OF_FILE:
		return PLACEMENT_KIND(PLACEMENT_FILE);
	case MAP_SHM:
		return PLACEMENT_KIND(PLACEMENT_SHM);
	case MAP_DATA:
		return PLACEMENT_KIND(PLACEMENT_DATA);
	default:
		return 0;
	}
}

/* From outside it cannot be told which code made a mapping, nor which variable it holds. */
static int holds(const struct subject *s, unsigned rule, enum placement_key key, const char *glob)
{
	(void)rule;
	switch (key) {
	case PLACEMENT_PATH:
		return path_glob(glob, s->path);
	case PLACEMENT_OBJECT:
		return object_glob(glob, s->path);
	case PLACEMENT_NAME:
		return *s->name && glob_matches(glob, s->name);
	default:
		return -1;
	}
}

int map_rule(const struct placement *place, const struct map *map)
{
	const struct subject range = {
		.kinds = kinds_of(map->what),
		.size = map->end - map->start,
		.is_exec = map->is_code,
		.holds = holds,
		.path = map->name,
		.name = map->name,
	};
	const unsigned i = rules_first(place, &range);

	return i < place->n_rules ? (int)i : ALLOW_NONE;
}
