/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "origin.h"

#include "basic/strutil.h"
#include "signals.h"

#include <errno.h>

/*
 * Nodes of which all blocks lie in the ranges. A node that has other memory too is not the device's: fencing it off
 * would take that from everybody.
 */
static struct nodeset nodes_within(const struct topology *t, const struct ranges *ranges)
{
	struct nodeset in = NODESET_EMPTY, out = NODESET_EMPTY;

	if (ranges->n == 0)
		return in;
	for (size_t i = 0; i < t->n_blocks; i++) {
		uint64_t start = t->blocks[i].id * t->block_size;
		bool found = false;

		for (size_t j = 0; j < ranges->n && !found; j++)
			found = start >= ranges->v[j].start && start <= ranges->v[j].end;
		nodeset_add(found ? &in : &out, t->blocks[i].node);
	}
	return nodeset_minus(&in, &out);
}

/* What brings memory to the node, one in use before all others; NULL: nothing says so. */
static const struct device *device_of(const struct devices *devices, int node)
{
	const struct device *found = NULL;

	for (size_t i = 0; i < devices->n; i++)
		if (devices->v[i].node == node && (!found || (devices->v[i].online && !found->online)))
			found = &devices->v[i];
	return found;
}

/* For each kind of range, the nodes that lie in it. */
struct within {
	struct nodeset kmem, nvidia, cxl, coherent;
};

struct finding {
	enum origin origin;
	const char *why;
};

static struct finding find_dax(const struct signals *s, const struct node *n, bool kmem, bool cxl_region)
{
	const struct device *dax = device_of(&s->dax, n->id);
	bool cxl = cxl_region || (dax && dax->cxl);

	if (kmem)
		return cxl ? (struct finding){ ORIGIN_CXL, "/proc/iomem: System RAM (kmem), of a CXL region" } :
			     (struct finding){ ORIGIN_DAX, "/proc/iomem: System RAM (kmem)" };
	/* Without addresses a node with CPUs may as well have memory of its own beside the device's. */
	if (dax && dax->online && !s->has_iomem && !n->has_cpu)
		return cxl ? (struct finding){ ORIGIN_CXL, "/sys/bus/dax: target_node of a CXL region's kmem device" } :
			     (struct finding){ ORIGIN_DAX, "/sys/bus/dax: target_node of a kmem device" };
	return (struct finding){ ORIGIN_NONE, NULL };
}

static struct finding find_boot_or_acpi(const struct nodeset *known, const struct node *n)
{
	if (known && !nodeset_empty(known) && !nodeset_has(known, n->id))
		return (struct finding){ ORIGIN_ACPI, "its memory came while the system ran" };
	if (!n->has_cpu && n->state == NODE_OFFLINE)
		return (struct finding){ ORIGIN_ACPI, "CPU-less, its memory wholly offline" };
	if (!n->has_cpu && n->zone == ZONE_MOVABLE)
		return (struct finding){ ORIGIN_ACPI, "CPU-less, its memory wholly movable" };
	return (struct finding){ ORIGIN_BOOT, "memory of the boot" };
}

/* The strongest signal of a node with memory, and in *ret_device what brought it. */
static struct finding find_origin(const struct signals *s, const struct within *in, const struct nodeset *known,
				  const struct node *n, const struct device **ret_device)
{
	const struct device *gpu = device_of(&s->gpus, n->id);
	struct finding f = find_dax(s, n, nodeset_has(&in->kmem, n->id), nodeset_has(&in->cxl, n->id));

	if (f.origin != ORIGIN_NONE) {
		*ret_device = device_of(&s->dax, n->id);
		return f;
	}
	*ret_device = gpu;
	if (nodeset_has(&in->nvidia, n->id))
		return (struct finding){ ORIGIN_NVIDIA, "/proc/iomem: System RAM (NVIDIA)" };
	if (gpu && gpu->online && !n->has_cpu)
		return (struct finding){ ORIGIN_NVIDIA, "/proc/driver/nvidia: numa_status" };
	if (nodeset_has(&in->coherent, n->id))
		return (struct finding){ ORIGIN_NVIDIA, "device tree: ibm,coherent-device-memory" };
	*ret_device = NULL;
	return find_boot_or_acpi(known, n);
}

static int name_device(const struct device *d, struct node *n)
{
	n->pci = d->pci ? strdup(d->pci) : NULL;
	n->driver = d->driver ? strdup(d->driver) : NULL;
	return (d->pci && !n->pci) || (d->driver && !n->driver) ? -ENOMEM : 0;
}

int origin_detect(const struct root *root, const struct nodeset *known, struct topology *t)
{
	_cleanup_signals_ struct signals s = { 0 };
	struct within in;
	int r = signals_read(root, &s);

	if (r < 0)
		return r;
	in = (struct within){
		.kmem = nodes_within(t, &s.kmem),
		.nvidia = nodes_within(t, &s.nvidia),
		.cxl = nodes_within(t, &s.cxl),
		.coherent = nodes_within(t, &s.coherent),
	};
	for (size_t i = 0; r >= 0 && i < t->n_nodes; i++) {
		struct node *n = &t->nodes[i];
		const struct device *device = NULL;
		struct finding f = { ORIGIN_NONE, "no memory" };

		if (n->state != NODE_ABSENT)
			f = find_origin(&s, &in, known, n, &device);
		n->origin = f.origin;
		n->origin_why = f.why;
		if (device)
			r = name_device(device, n);
	}
	return r;
}
