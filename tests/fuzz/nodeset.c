/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes lists of nodes: an accepted list, written again, is accepted as the same set. */

#include "basic/cleanup.h"
#include "basic/nodeset.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	char written[NODESET_STRLEN];
	struct nodeset s, back;
	int n = 0;

	if (!text)
		abort();
	if (nodeset_parse(text, &s) < 0)
		return 0;
	nodeset_format(&s, written, sizeof(written));
	if (nodeset_parse(written, &back) < 0 || !nodeset_equal(&s, &back))
		abort();
	NODESET_FOREACH(node, &s) {
		nodeset_del(&back, node);
		n++;
	}
	if (n != nodeset_count(&s) || !nodeset_empty(&back))
		abort();
	return 0;
}
