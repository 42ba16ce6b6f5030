/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the rules allowed, counted where a reporter sees it: in a memory file that all processes of a launched program
 * share. Only what a rule allows is counted, by atomic additions without a lock. A process that writes there may be
 * broken or hostile, so the reader takes the contents for numbers and nothing more.
 */

#include "placement.h"

#include <stdint.h>

#define COUNTS_MAGIC UINT64_C(0x636f756e7473)
#define COUNTS_CHUNKS 256

struct counts_rule {
	uint64_t ranges, bytes; /* requested and allowed; a block that realloc(3) is asked to change counts again */
} __attribute__((aligned(64)));

struct counts_target {
	uint64_t ranges, bytes; /* ranges that could not be bound */
	int64_t error;          /* the reason for the last of them: a negative errno */
} __attribute__((aligned(64)));

/* Address space that holds blocks of malloc(3) and nothing else. */
struct counts_chunk {
	uint64_t base, end;
	int32_t image; /* the process that executed the program; its forked children have the same */
	uint32_t target;
};

struct counts {
	uint64_t magic;
	uint64_t images;           /* programs that have opened this file */
	uint64_t n_chunks;         /* chunks made; the array has room for some of them */
	struct counts_rule let_go; /* bound ranges that became executable */
	struct counts_rule rules[PLACEMENT_RULES];
	struct counts_target targets[PLACEMENT_TARGETS];
	struct counts_chunk chunks[COUNTS_CHUNKS];
};
