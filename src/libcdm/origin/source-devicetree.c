/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The device tree of POWER9, whose firmware describes the memory of coherent GPUs before there is any driver. */

#include "source-internal.h"

#include "basic/strutil.h"

#include <endian.h>
#include <errno.h>

/* A number of 1 or 2 big-endian cells (Devicetree Specification, 2.2.4). */
static uint64_t cells(const char *p, size_t n)
{
	uint32_t cell;
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(&cell, p + i * sizeof(cell), sizeof(cell));
		value = value << 32 | be32toh(cell);
	}
	return value;
}

/* *ret is 0 if the property makes no sense. */
static int read_cell_count(const struct root *root, const char *property, size_t *ret)
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	int r = root_read(root, &data, &len, TREE_DIR "/%s", property);

	*ret = r < 0 || len != 4 ? 0 : cells(data, 1);
	return root_cannot_tell(r) ? r : 0;
}

/*
 * memory@ADDRESS of a GPU (skiboot, hw/npu2.c, npu2_create_memory_dn()): it has a compatible, a reg (address, size),
 * and a linux,usable-memory of size 0, so that the kernel leaves the memory to the driver.
 */
int read_tree_memory(const struct root *root, const char *name, struct signals *s)
{
	size_t address_cells, size_cells, entry, len;
	_cleanup_free_ char *compatible = NULL, *reg = NULL;
	int r;

	if (!after_prefix(name, "memory@"))
		return 0;
	r = root_read(root, &compatible, NULL, TREE_DIR "/%s/compatible", name);
	if (r < 0 || !streq(compatible, "ibm,coherent-device-memory"))
		return r;
	r = read_cell_count(root, "#address-cells", &address_cells);
	if (r >= 0)
		r = read_cell_count(root, "#size-cells", &size_cells);
	if (r < 0)
		return r;
	if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2)
		return -EINVAL;
	r = root_read(root, &reg, &len, TREE_DIR "/%s/reg", name);
	entry = 4 * (address_cells + size_cells);
	for (size_t at = 0; r >= 0 && at + entry <= len; at += entry) {
		r = ranges_add(&s->coherent, cells(reg + at, address_cells),
			       cells(reg + at + 4 * address_cells, size_cells));
		if (r == -EINVAL)
			r = 0;
	}
	return r;
}
