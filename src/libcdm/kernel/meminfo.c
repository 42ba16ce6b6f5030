/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of nodeN/meminfo. */

#include "meminfo.h"

#include "basic/strutil.h"

#include <errno.h>
#include <stdlib.h>

int meminfo_bytes(const char *text, const char *field, uint64_t *ret)
{
	size_t len = strlen(field);

	for (const char *p = text; (p = strstr(p, field)); p += len) {
		unsigned long long kib;
		char *end;

		if (p == text || p[-1] != ' ' || p[len] != ':')
			continue;
		p += len + 1;
		p += strspn(p, " ");
		if (*p < '0' || *p > '9')
			return -EINVAL;
		errno = 0;
		kib = strtoull(p, &end, 10);
		if (errno || kib > UINT64_MAX / 1024)
			return -ERANGE;
		if (!after_prefix(end, " kB"))
			return -EINVAL;
		*ret = kib * 1024;
		return 0;
	}
	return -ENOENT;
}

uint64_t meminfo_free(const struct root *root, const struct nodeset *nodes)
{
	uint64_t sum = 0;

	NODESET_FOREACH(node, nodes) {
		_cleanup_free_ char *text = NULL;
		uint64_t bytes;

		if (root_read(root, &text, NULL, "sys/devices/system/node/node%d/meminfo", node) >= 0 &&
		    meminfo_bytes(text, "MemFree", &bytes) >= 0)
			sum += bytes;
	}
	return sum;
}
