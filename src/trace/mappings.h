/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The mappings of a running program (/proc/PID/maps), and which of them a rule allows: pure functions. When a program
 * is launched, one sees what is being made; here one sees what there is, and mappings that lie side by side are one to
 * the kernel.
 */

#include "basic/error.h"
#include "placement/placement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum map_what {
	MAP_OTHER, /* text, constants, stacks, the kernel's own: no rule is about them */
	MAP_ANON,  /* private and anonymous: of malloc(3) or of mmap(2), which cannot be told */
	MAP_HEAP,
	MAP_OF_FILE,
	MAP_SHM,
	MAP_DATA, /* variables of a loaded object: .data, .bss */
};
const char *map_what_name(enum map_what what);

struct map {
	uint64_t start, end;
	char rights[5]; /* "rw-p" */
	uint64_t inode; /* 0: no file */
	bool is_code;   /* it can be executed, by this mapping or another one of the same memory */
	enum map_what what;
	/* what rules hold their globs against: a path, an object's, or a name as it was given; or "". Owned */
	char *name;
};

struct maps {
	struct map *v; /* by ascending address */
	size_t n;
};

#define MAPS_NONE ((struct maps){ 0 })

/*
 * The text of /proc/PID/maps (fs/proc/task_mmu.c, show_map_vma()). -EINVAL, -ENOMEM. What each one is, is told but for
 * stacks.
 */
int maps_parse(const char *text, struct maps *ret);
void maps_free(struct maps *maps);
#define _cleanup_maps_ _cleanup_(maps_free)

/*
 * The mapping with a thread's stack pointer, or with what libc keeps of a thread at the end of its stack, is a stack if
 * a guard is below it: without one it is something larger, such as Go's heap with the stacks of goroutines.
 */
void maps_mark_stack(struct maps *maps, uint64_t address);

/* The one with this address in it; NULL: none. */
struct map *maps_find(const struct maps *maps, uint64_t address);

/* The first rule that matches it: an index, or ALLOW_NONE (allow.h). It may be one that denies. */
int map_rule(const struct placement *place, const struct map *map);
