/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "signals.h"

#include "basic/strutil.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>

#define DAX_DIR "sys/bus/dax/devices"
#define CXL_DIR "sys/bus/cxl/devices"
#define GPU_DIR "proc/driver/nvidia/gpus"
#define TREE_DIR "proc/device-tree"

static void devices_free(struct devices *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].pci);
		free(d->v[i].driver);
	}
	free(d->v);
}

void signals_free(struct signals *s)
{
	free(s->kmem.v);
	free(s->nvidia.v);
	free(s->cxl.v);
	free(s->coherent.v);
	devices_free(&s->dax);
	devices_free(&s->gpus);
}

static int ranges_add(struct ranges *r, uint64_t start, uint64_t end)
{
	struct range *grown = reallocarray(r->v, r->n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	r->v = grown;
	r->v[r->n++] = (struct range){ start, end };
	return 0;
}

/* Takes pci and driver over, also when it fails. */
static int devices_add(struct devices *d, struct device device)
{
	struct device *grown = reallocarray(d->v, d->n + 1, sizeof(*grown));

	if (!grown) {
		free(device.pci);
		free(device.driver);
		return -ENOMEM;
	}
	d->v = grown;
	d->v[d->n++] = device;
	return 0;
}

/* "  100000000-13fffffff : System RAM (kmem)" (kernel/resource.c, r_show(): whoever is not root sees zeros). */
static int iomem_line(char *line, struct signals *s)
{
	char *p = line + strspn(line, " "), *dash = strchr(p, '-'), *colon = strstr(p, " : ");
	uint64_t start, end;
	struct ranges *ranges;

	if (!dash || !colon || dash > colon)
		return 0;
	*dash = *colon = '\0';
	if (parse_hex(p, &start) < 0 || parse_hex(dash + 1, &end) < 0 || end == 0 || end < start)
		return 0;
	s->has_iomem = true;
	ranges = streq(colon + 3, "System RAM (kmem)")   ? &s->kmem :
		 streq(colon + 3, "System RAM (NVIDIA)") ? &s->nvidia :
							   NULL;
	return ranges ? ranges_add(ranges, start, end) : 0;
}

static int read_iomem(const struct root *root, struct signals *s)
{
	_cleanup_free_ char *text = NULL;
	char *rest;
	int r = root_read(root, &text, NULL, "proc/iomem");

	if (r < 0)
		return r;
	rest = text;
	for (char *line; r >= 0 && (line = strsep(&rest, "\n"));)
		r = iomem_line(line, s);
	return r;
}

/* "0009:01:00.0"; a domain may have more than four digits. */
static bool is_pci_address(const char *s)
{
	static const char shape[] = ":xx:xx.x";
	size_t domain = strspn(s, "0123456789abcdef");

	if (domain < 4)
		return false;
	s += domain;
	for (size_t i = 0; shape[i]; i++, s++)
		if (shape[i] == 'x' ? !isxdigit((unsigned char)*s) : *s != shape[i])
			return false;
	return !*s;
}

/* The place of a dax device tells the PCI device nearest above it, and whether a CXL region is. */
static int place_device(const char *path, struct device *d)
{
	_cleanup_strv_ struct strv parts = STRV_NONE;
	int r = strv_split(path, "/", &parts);
	const char *pci = NULL;

	if (r < 0)
		return r;
	for (size_t i = 0; i < parts.n; i++) {
		if (is_pci_address(parts.s[i]))
			pci = parts.s[i];
		/* drivers/cxl: cxl_dax_region_alloc(), and the bridge under which a persistent region's NVDIMM is. */
		if (after_prefix(parts.s[i], "dax_region") || after_prefix(parts.s[i], "nvdimm-bridge"))
			d->cxl = true;
	}
	if (pci) {
		d->pci = strdup(pci);
		if (!d->pci)
			return -ENOMEM;
	}
	return 0;
}

static int read_dax_device(const struct root *root, const char *name, struct signals *s)
{
	_cleanup_free_ char *path = NULL, *driver = NULL;
	struct device d = { 0 };
	uint64_t node;
	int r = root_read_u64(root, &node, DAX_DIR "/%s/target_node", name); /* "-1" is none */

	if (r >= 0 && node >= NODESET_MAX)
		r = -ERANGE;
	if (r >= 0)
		r = root_readlink(root, &path, DAX_DIR "/%s", name);
	if (r < 0)
		return r;
	d.node = (int)node;
	if (root_readlink(root, &driver, DAX_DIR "/%s/driver", name) >= 0) {
		d.driver = strdup(basename(driver));
		if (!d.driver)
			return -ENOMEM;
		d.online = streq(d.driver, "kmem");
	}
	r = place_device(path, &d);
	if (r < 0) {
		free(d.driver);
		return r;
	}
	return devices_add(&s->dax, d);
}

/* A CXL region's addresses (Documentation/ABI/testing/sysfs-bus-cxl: resource, size). */
static int read_cxl_region(const struct root *root, const char *name, struct signals *s)
{
	uint64_t start, size;
	int r;

	if (!after_prefix(name, "region"))
		return 0;
	r = root_read_hex(root, &start, CXL_DIR "/%s/resource", name);
	if (r >= 0)
		r = root_read_hex(root, &size, CXL_DIR "/%s/size", name);
	if (r < 0)
		return r;
	return size == 0 || size - 1 > UINT64_MAX - start ? -EINVAL : ranges_add(&s->cxl, start, start + size - 1);
}

/* The value of "Key:   value" at the start of a line, up to the end of that line; NULL: no such key. */
static char *keyed_value(const char *text, const char *key)
{
	for (const char *p = text; p; p = strchr(p, '\n')) {
		const char *value;

		p += *p == '\n';
		value = after_prefix(p, key);
		if (!value || *value != ':')
			continue;
		value++;
		value += strspn(value, " \t");
		return strndup(value, strcspn(value, " \t\n"));
	}
	return NULL;
}

/* The driver's numa_status: "Node: 1", "Status: online"; node -1 where the GPU's memory is no node. */
static int read_gpu(const struct root *root, const char *pci, struct signals *s)
{
	_cleanup_free_ char *text = NULL, *node = NULL, *status = NULL;
	struct device d = { 0 };
	int r = root_read(root, &text, NULL, GPU_DIR "/%s/numa_status", pci);

	if (r < 0)
		return r;
	node = keyed_value(text, "Node");
	status = keyed_value(text, "Status");
	if (!node || !status || parse_int(node, &d.node) < 0)
		return -EINVAL;
	d.online = streq(status, "online");
	d.pci = strdup(pci);
	d.driver = strdup("nvidia");
	if (!d.pci || !d.driver) {
		free(d.pci);
		free(d.driver);
		return -ENOMEM;
	}
	return devices_add(&s->gpus, d);
}

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

static size_t read_cell_count(const struct root *root, const char *property)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	if (root_read(root, &data, &len, TREE_DIR "/%s", property) < 0 || len != 4)
		return 0;
	return cells(data, 1);
}

/* memory@ADDRESS of a POWER9 GPU: firmware writes its compatible and its reg (address, size). */
static int read_dt_memory(const struct root *root, const char *name, struct signals *s)
{
	size_t address_cells, size_cells, entry, len;
	_cleanup_free_ char *compatible = NULL, *reg = NULL;
	int r;

	if (!after_prefix(name, "memory@"))
		return 0;
	r = root_read(root, &compatible, NULL, TREE_DIR "/%s/compatible", name);
	if (r < 0 || !streq(compatible, "ibm,coherent-device-memory"))
		return r;
	address_cells = read_cell_count(root, "#address-cells");
	size_cells = read_cell_count(root, "#size-cells");
	if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2)
		return -EINVAL;
	r = root_read(root, &reg, &len, TREE_DIR "/%s/reg", name);
	entry = 4 * (address_cells + size_cells);
	for (size_t at = 0; r >= 0 && at + entry <= len; at += entry) {
		uint64_t start = cells(reg + at, address_cells), size = cells(reg + at + 4 * address_cells, size_cells);

		if (size > 0 && size - 1 <= UINT64_MAX - start)
			r = ranges_add(&s->coherent, start, start + size - 1);
	}
	return r;
}

/* What a directory of devices tells, name by name. */
static const struct source {
	const char *dir;
	int (*read)(const struct root *root, const char *name, struct signals *s);
} sources[] = {
	{ DAX_DIR, read_dax_device },
	{ CXL_DIR, read_cxl_region },
	{ GPU_DIR, read_gpu },
	{ TREE_DIR, read_dt_memory },
};

int signals_read(const struct root *root, struct signals *ret)
{
	_cleanup_signals_ struct signals s = { 0 };
	int r = read_iomem(root, &s);

	for (size_t i = 0; r != -ENOMEM && i < ELEMENTSOF(sources); i++) {
		_cleanup_strv_ struct strv names = STRV_NONE;

		r = root_list(root, &names, "%s", sources[i].dir);
		for (size_t j = 0; r != -ENOMEM && j < names.n; j++)
			r = sources[i].read(root, names.s[j], &s);
	}
	if (r == -ENOMEM)
		return r;
	*ret = TAKE(s, (struct signals){ 0 });
	return 0;
}
