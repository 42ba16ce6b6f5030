/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* move_pages(2) without libnuma, for all parts of the project, and the batches of pages that it is called with. */

#include "attributes.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * With `nodes`, moves pages of a process (0: the caller's) that no other process has mapped; without, only tells where
 * they are. The status of each page is its node, or a negative errno. The new pages are allocated in the caller's name,
 * so the caller's cpuset must have the nodes. Returns how many pages could not be moved (since Linux 5.17), or a
 * negative errno if the call failed as a whole. Keeps errno.
 */
_must_use_ long move_pages_of(pid_t pid, size_t n, void *const *pages, const int *nodes, int *status);

/* Pages that one call is about. The kernel copies the lists piecewise anyway, so larger batches gain nothing. */
struct page_batch {
	size_t n, most;
	void **pages;
	int *status; /* by batch_look(): the node, or a negative errno, also where there is no page */
};

/* An empty batch, in the enclosing block. No huge page of that many pages is in two batches. */
#define PAGE_BATCH(most_) \
	((struct page_batch){ .most = (most_), .pages = (void *[most_]){ 0 }, .status = (int[most_]){ 0 } })

/* Replaces the content by the pages from `at`, up to `end` or to a multiple of the batch's size. */
void batch_fill(struct page_batch *b, uint64_t at, uint64_t end);

/* Where they are. Returns 0 or a negative errno; keeps errno. */
_must_use_ int batch_look(struct page_batch *b, pid_t pid);
