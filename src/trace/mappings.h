/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The mappings of a running program (/proc/PID/maps), and which of them a rule allows: pure functions. Trace mode sees
 * each mapping as it is made; this sees what exists, where the kernel has merged neighbouring mappings into one.
 */

#include "basic/error.h"
#include "placement/placement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum map_what {
	MAP_OTHER, /* text, constants, stacks, the kernel's own: no rule is about them */
	MAP_ANON,  /* private and anonymous: malloc(3) or mmap(2), which cannot be told apart */
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
	bool is_code;   /* executable, by this or another mapping of the same memory */
	enum map_what what;
	/* the text that globs of rules are matched with: a path, an object's path, or a given name; or "". Owned */
	char *name;
};

struct maps {
	struct map *v; /* in ascending order of address */
	size_t n;
};

#define MAPS_NONE ((struct maps){ 0 })

/*
 * Parses the text of /proc/PID/maps (fs/proc/task_mmu.c, show_map_vma()), and tells what each mapping is, except for
 * stacks. Returns -EINVAL or -ENOMEM.
 */
int maps_parse(const char *text, struct maps *ret);
void maps_free(struct maps *maps);
#define _cleanup_maps_ _cleanup_(maps_free)

/*
 * Marks a stack: the mapping that contains a thread's stack pointer, or the data that libc keeps for a thread at the
 * end of its stack, is a stack if there is a guard below it. Without a guard it is something larger, such as Go's heap,
 * which contains the stacks of goroutines.
 */
void maps_mark_stack(struct maps *maps, uint64_t address);

/* Returns the mapping that contains this address, or NULL. */
struct map *maps_find(const struct maps *maps, uint64_t address);

/* Returns the index of the first rule that matches it, which may be one that denies, or ALLOW_NONE (allow.h). */
int map_rule(const struct placement *place, const struct map *map);
