/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes the signals of nodes: the input is the content of the files below, each ended by a byte 0xff. */

#include "libcdm/origin/source.h"
#include "files.h"

static const char *const files[] = {
	"/proc/iomem",
	"/sys/devices/pci0000:00/0000:00:01.0/dax0.0/target_node",
	"/sys/bus/cxl/devices/region0/resource",
	"/sys/bus/cxl/devices/region0/size",
	"/proc/driver/nvidia/gpus/0009:01:00.0/numa_status",
	"/proc/device-tree/memory@42/compatible",
	"/proc/device-tree/memory@42/reg",
	"/proc/device-tree/#address-cells",
	"/proc/device-tree/#size-cells",
	"/sys/bus/cxl/devices/region0/target0",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct root prepare(void)
{
	struct root root = fuzz_root();
	static bool prepared;

	for (size_t i = 0; i < ELEMENTSOF(files) && !prepared; i++)
		tree_put(&fuzz_tree, files[i], "");
	if (!prepared) {
		tree_put(&fuzz_tree, "/sys/bus/dax/devices/.keep", "");
		if (symlinkat("../../../devices/pci0000:00/0000:00:01.0/dax0.0", root.fd, "sys/bus/dax/devices/dax0.0") < 0)
			abort();
	}
	prepared = true;
	return root;
}

static void check_ranges(const struct ranges *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].end < r->v[i].start || (i && r->v[i].start <= r->v[i - 1].end))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_signals_ struct signals s = { 0 };
	struct root root = prepare();

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		const uint8_t *end = size ? memchr(data, 0xff, size) : NULL;
		size_t len = end ? (size_t)(end - data) : size;

		fuzz_put(files[i] + 1, data, len);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	if (signals_read(&root, &s) < 0)
		abort();
	check_ranges(&s.kmem);
	check_ranges(&s.nvidia);
	check_ranges(&s.windows);
	check_ranges(&s.reserved);
	check_ranges(&s.regions);
	check_ranges(&s.coherent);
	for (size_t i = 0; i < s.dax.n; i++)
		if (s.dax.v[i].node < 0 || s.dax.v[i].node >= NODESET_MAX)
			abort();
	for (size_t i = 0; i < s.gpus.n; i++)
		if (s.gpus.v[i].node < -1 || s.gpus.v[i].node >= NODESET_MAX)
			abort();
	return 0;
}
