/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * CXL (Documentation/ABI/testing/sysfs-bus-cxl): a region has addresses, and for each of its interleave ways a target,
 * which is the name of a decoder; decoderX.Y belongs to endpointX, whose uport is the memory device, which is below its
 * PCI device.
 */

#include "source-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>

#define WAYS_MAX 16 /* CXL 3.1, 8.2.4.20.7: interleave ways */

/* "mem0" with prefix "mem": 0; any other name: -EINVAL. */
static int number_after(const char *name, const char *prefix, uint64_t *ret)
{
	const char *digits = after_prefix(name, prefix);

	return digits ? parse_u64(digits, ret) : -EINVAL;
}

const struct memdev *cxl_memdev(const struct cxl *cxl, const char *name)
{
	for (size_t i = 0; i < cxl->n_memdevs; i++)
		if (streq(cxl->memdevs[i].name, name))
			return &cxl->memdevs[i];
	return NULL;
}

static int read_memdev(const struct root *root, const char *name, struct cxl *cxl)
{
	_cleanup_free_ char *path = NULL, *pci = NULL, *copy = NULL;
	int r = root_readlink(root, &path, CXL_DIR "/%s", name);

	if (r >= 0)
		r = pci_of_path(path, &pci);
	if (r < 0)
		return r;
	copy = strdup(name);
	if (!copy || !RESERVE(cxl->memdevs, cxl->n_memdevs))
		return -ENOMEM;
	cxl->memdevs[cxl->n_memdevs++] = (struct memdev){ .name = TAKE_PTR(copy), .pci = TAKE_PTR(pci) };
	return 0;
}

/* Adds the memory device behind one way of a region. */
static int read_target(const struct root *root, const char *region, int way, struct strv *memdevs)
{
	_cleanup_free_ char *decoder = NULL, *uport = NULL;
	uint64_t port, number;
	char *dot;
	int r = root_read_line(root, &decoder, CXL_DIR "/%s/target%d", region, way);

	if (r < 0)
		return r;
	dot = strchr(decoder, '.');
	if (!dot)
		return 0; /* an empty way */
	*dot = '\0';
	if (number_after(decoder, "decoder", &port) < 0)
		return 0;
	r = root_readlink(root, &uport, CXL_DIR "/endpoint%llu/uport", (unsigned long long)port);
	if (root_cannot_tell(r))
		return r;
	if (r < 0 || number_after(basename(uport), "mem", &number) < 0 || strv_has(memdevs, basename(uport)))
		return 0;
	return strv_add(memdevs, basename(uport));
}

static int regions_add(struct cxl *cxl, const char *name, struct range at, struct strv *memdevs)
{
	char *copy = strdup(name);

	if (!copy || !RESERVE(cxl->regions, cxl->n_regions)) {
		free(copy);
		return -ENOMEM;
	}
	cxl->regions[cxl->n_regions++] = (struct region){ .name = copy, .at = at, .memdevs = TAKE(*memdevs, STRV_NONE) };
	return 0;
}

/* A region that is not committed yet has the resource -1 and no size. */
static int read_region(const struct root *root, const char *name, struct signals *s)
{
	_cleanup_strv_ struct strv memdevs = STRV_NONE;
	uint64_t start, size;
	int r = root_read_hex(root, &start, CXL_DIR "/%s/resource", name);

	if (r >= 0)
		r = root_read_hex(root, &size, CXL_DIR "/%s/size", name);
	if (r >= 0)
		r = ranges_add(&s->regions, start, size);
	if (r < 0)
		return r;
	for (int way = 0; r >= 0 && way < WAYS_MAX; way++)
		r = read_target(root, name, way, &memdevs);
	return root_cannot_tell(r) ? r : regions_add(&s->cxl, name, (struct range){ start, start + (size - 1) }, &memdevs);
}

int read_cxl(const struct root *root, const char *name, struct signals *s)
{
	uint64_t number;

	if (number_after(name, "mem", &number) == 0)
		return read_memdev(root, name, &s->cxl);
	return number_after(name, "region", &number) == 0 ? read_region(root, name, s) : 0;
}
