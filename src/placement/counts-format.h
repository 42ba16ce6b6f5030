/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the rules allowed, counted where a reporter sees it: in a file of memory that all processes of a launched
 * program share. Only what a rule allows is counted, by additions without a lock. Whoever writes there may be broken or
 * hostile, so what is read is believed to be numbers, and no more.
 */

#include "placement.h"

#include <stdint.h>

#define COUNTS_MAGIC UINT64_C(0x636f756e7473)
#define COUNTS_CHUNKS 256

struct counts_rule {
	uint64_t ranges, bytes; /* asked for and allowed; a block that realloc(3) is asked to change counts again */
} __attribute__((aligned(64)));

struct counts_target {
	uint64_t ranges, bytes; /* that could not be bound */
	int64_t error;          /* why, of the last of them: a negative errno */
} __attribute__((aligned(64)));

/* Address space that holds blocks of malloc(3) and nothing else. */
struct counts_chunk {
	uint64_t base, end;
	int32_t image; /* the process that executed the program in whose memory it is, or in a copy of it by fork(2) */
	uint32_t target;
};

struct counts {
	uint64_t magic;
	uint64_t images;           /* programs that have opened it */
	uint64_t n_chunks;         /* that were made; there is room for some of them */
	struct counts_rule let_go; /* ranges that were bound, and became executable */
	struct counts_rule rules[PLACEMENT_RULES];
	struct counts_target targets[PLACEMENT_TARGETS];
	struct counts_chunk chunks[COUNTS_CHUNKS];
};
