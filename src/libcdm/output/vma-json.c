/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A mapping of a process as JSON. */

#include "vma-json.h"

#include <inttypes.h>

json_t *pages_to_json(const struct node_pages *on, size_t n)
{
	json_t *pages = json_object();

	for (size_t i = 0; i < n; i++) {
		char node[16];

		snprintf(node, sizeof(node), "%d", on[i].node);
		json_object_set_new(pages, node, json_integer((json_int_t)on[i].pages));
	}
	return pages;
}

json_t *vma_to_json(const struct vma *vma, bool allowed)
{
	char start[20], end[20];

	snprintf(start, sizeof(start), "%" PRIx64, vma->start);
	snprintf(end, sizeof(end), "%" PRIx64, vma->end);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:o}", "start", start, "end", end, "what",
			 vma_what_name(vma->what), "name", json_foreign(vma->name ? vma->name : ""), "policy",
			 json_foreign(vma->policy), "allowed", allowed, "pages", pages_to_json(vma->on, vma->n_on));
}
