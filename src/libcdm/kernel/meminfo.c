/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The reader of nodeN/meminfo. */

#include "meminfo.h"

#include "basic/meminfo-field.h"

int meminfo_read(const struct root *root, int node, struct meminfo *ret)
{
	_cleanup_free_ char *text = NULL;
	struct meminfo m = MEMINFO_UNKNOWN;
	int r = root_read(root, &text, NULL, "sys/devices/system/node/node%d/meminfo", node);

	if (r < 0)
		return r;
	(void)meminfo_field(text, "MemTotal", &m.total);
	(void)meminfo_field(text, "MemFree", &m.free);
	(void)meminfo_field(text, "AnonPages", &m.anon);
	(void)meminfo_field(text, "FilePages", &m.file);
	(void)meminfo_field(text, "Shmem", &m.shmem);
	*ret = m;
	return 0;
}

uint64_t meminfo_used(const struct meminfo *m)
{
	return m->anon == BYTES_UNKNOWN || m->file == BYTES_UNKNOWN ? BYTES_UNKNOWN : m->anon + m->file;
}

uint64_t meminfo_free(const struct root *root, const struct nodeset *nodes)
{
	uint64_t sum = 0;

	NODESET_FOREACH(node, nodes) {
		struct meminfo m;

		if (meminfo_read(root, node, &m) >= 0 && m.free != BYTES_UNKNOWN)
			sum += m.free;
	}
	return sum;
}
