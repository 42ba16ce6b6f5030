/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads once all places that describe device memory: /proc/iomem, dax, CXL, GPUs, the device tree. */

#include "source-internal.h"

#include "basic/array.h"
#include "basic/strutil.h"

#include <errno.h>

void device_free(struct device *d)
{
	free(d->name);
	free(d->state);
	free(d->pci);
	free(d->driver);
}

static void devices_free(struct devices *d)
{
	for (size_t i = 0; i < d->n; i++)
		device_free(&d->v[i]);
	free(d->v);
}

static void cxl_free(struct cxl *cxl)
{
	for (size_t i = 0; i < cxl->n_memdevs; i++) {
		free(cxl->memdevs[i].name);
		free(cxl->memdevs[i].pci);
	}
	for (size_t i = 0; i < cxl->n_regions; i++) {
		free(cxl->regions[i].name);
		strv_free(&cxl->regions[i].memdevs);
	}
	free(cxl->memdevs);
	free(cxl->regions);
}

void signals_free(struct signals *s)
{
	free(s->kmem.v);
	free(s->nvidia.v);
	free(s->windows.v);
	free(s->reserved.v);
	free(s->regions.v);
	free(s->coherent.v);
	devices_free(&s->dax);
	devices_free(&s->gpus);
	cxl_free(&s->cxl);
}

int ranges_add(struct ranges *r, uint64_t start, uint64_t size)
{
	if (size == 0 || size - 1 > UINT64_MAX - start)
		return -EINVAL;
	if (!RESERVE(r->v, r->n))
		return -ENOMEM;
	r->v[r->n++] = (struct range){ start, start + (size - 1) };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/*
 * Sorts the ranges, and merges those that overlap. Adjacent ranges stay separate: they may belong to different devices.
 */
static void ranges_merge(struct ranges *r)
{
	size_t n = 0;

	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), compare);
	for (size_t i = 0; i < r->n; i++) {
		struct range *last = n ? &r->v[n - 1] : NULL;

		if (!last || r->v[i].start > last->end)
			r->v[n++] = r->v[i];
		else if (r->v[i].end > last->end)
			last->end = r->v[i].end;
	}
	r->n = n;
}

/* The ranges for a resource of this name; NULL: it is not of interest. */
static struct ranges *ranges_named(struct signals *s, const char *name)
{
	/* kernel/resource.c and add_memory_driver_managed(); e820.c and efi: "Soft Reserved"; drivers/cxl/acpi.c. */
	return streq(name, "System RAM (kmem)")   ? &s->kmem :
	       streq(name, "System RAM (NVIDIA)") ? &s->nvidia :
	       streq(name, "Soft Reserved")       ? &s->reserved :
	       after_prefix(name, "CXL Window ")  ? &s->windows :
						    NULL;
}

/* "  100000000-13fffffff : System RAM (kmem)" (kernel/resource.c, r_show(): unprivileged readers see zeros). */
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
	ranges = ranges_named(s, colon + 3);
	return ranges ? ranges_add(ranges, start, end - start + 1) : 0;
}

static int read_iomem(const struct root *root, struct signals *s)
{
	_cleanup_free_ char *text = NULL;
	char *rest;
	int r = root_read(root, &text, NULL, "proc/iomem");

	if (r < 0)
		return r;
	rest = text;
	for (char *line; !root_cannot_tell(r) && (line = strsep(&rest, "\n"));)
		r = iomem_line(line, s);
	return r;
}

/* The directories, which are read entry by entry. */
static const struct source {
	const char *dir;
	int (*read)(const struct root *root, const char *name, struct signals *s);
} sources[] = {
	{ DAX_DIR, read_dax_device },
	{ CXL_DIR, read_cxl },
	{ GPU_DIR, read_gpu },
	{ TREE_DIR, read_tree_memory },
};

int signals_read(const struct root *root, struct signals *ret)
{
	_cleanup_signals_ struct signals s = { 0 };
	struct ranges *const all[] = { &s.kmem, &s.nvidia, &s.windows, &s.reserved, &s.regions, &s.coherent };
	int r = read_iomem(root, &s);

	for (size_t i = 0; !root_cannot_tell(r) && i < ELEMENTSOF(sources); i++) {
		_cleanup_strv_ struct strv names = STRV_NONE;

		r = root_list(root, &names, "%s", sources[i].dir);
		for (size_t j = 0; !root_cannot_tell(r) && j < names.n; j++)
			r = sources[i].read(root, names.s[j], &s);
	}
	if (root_cannot_tell(r))
		return r;
	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		ranges_merge(all[i]);
	*ret = TAKE(s, (struct signals){ 0 });
	return 0;
}
