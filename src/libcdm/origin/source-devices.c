/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The devices that brought memory to a node, and the devices whose memory is not in the system. */

#include "source-devices.h"

#include "basic/strutil.h"
#include "source-internal.h"

#include <errno.h>

static int add_once(struct strv *v, const char *s)
{
	return !s || strv_has(v, s) ? 0 : strv_add(v, s);
}

/* Adds the driver of the PCI device as well: "cxl_pci". */
static int add_pci(const struct root *root, const char *pci, struct node *n)
{
	_cleanup_free_ char *driver = NULL;
	int r = add_once(&n->pci, pci);

	if (r >= 0 && pci && root_readlink(root, &driver, PCI_DIR "/%s/driver", pci) >= 0)
		r = add_once(&n->drivers, basename(driver));
	return r;
}

static bool has_online(const struct devices *d, int node)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].node == node && d->v[i].online)
			return true;
	return false;
}

/* Adds the devices that have their memory in the system; if there are none, all that could. */
static int add_devices(const struct root *root, const struct devices *d, struct node *n)
{
	bool online = has_online(d, n->id);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < d->n; i++) {
		if (d->v[i].node != n->id || d->v[i].online != online)
			continue;
		r = add_once(&n->drivers, d->v[i].driver);
		if (r >= 0)
			r = add_pci(root, d->v[i].pci, n);
	}
	return r;
}

static int add_region(const struct root *root, const struct cxl *cxl, const struct region *region, struct node *n)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < region->memdevs.n; i++) {
		const struct memdev *m = cxl_memdev(cxl, region->memdevs.s[i]);

		if (m)
			r = add_pci(root, m->pci, n);
	}
	return r;
}

int owners_of(const struct root *root, const struct signals *s, const struct topology *t, bool in_region, struct node *n)
{
	int r = 0;

	/* A device that shares a node with ordinary memory does not own the node. */
	if (n->origin != ORIGIN_DAX && n->origin != ORIGIN_CXL && n->origin != ORIGIN_NVIDIA)
		return 0;
	if (n->origin == ORIGIN_NVIDIA)
		return add_devices(root, &s->gpus, n);
	if (!n->ordinary)
		r = add_devices(root, &s->dax, n);
	for (size_t i = 0; in_region && r >= 0 && i < s->cxl.n_regions; i++)
		if (topology_node_within(t, n->id, s->cxl.regions[i].at.start, s->cxl.regions[i].at.end))
			r = add_region(root, &s->cxl, &s->cxl.regions[i], n);
	return r;
}

static bool has_region(const struct cxl *cxl, const char *memdev)
{
	for (size_t i = 0; i < cxl->n_regions; i++)
		if (strv_has(&cxl->regions[i].memdevs, memdev))
			return true;
	return false;
}

static int absent_gpus(const struct devices *gpus, const struct topology *t, struct strv *absent)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < gpus->n; i++) {
		const struct device *d = &gpus->v[i];
		const struct node *n = topology_node(t, d->node);

		if (d->kept)
			r = strv_addf(absent, "GPU %s: its memory is no node, the driver keeps it (%s)", d->name, d->state);
		else if (d->node < 0)
			r = strv_addf(absent, "GPU %s: its memory is not in the system (%s)", d->name, d->state);
		else if (!n || n->state == NODE_ABSENT)
			r = strv_addf(absent, "GPU %s: its memory, node %d, is not in the system (%s)", d->name,
				      d->node, d->state);
	}
	return r;
}

/*
 * NVIDIA's driver removes memory that it has added if the kernel did not bring it online in zone Movable at once
 * (os_numa_add_gpu_memory() in its os-mlock.c); numa_status then says "online_failed". While it says "offline", the
 * driver has not tried yet. On POWER9, whose device tree describes the memory, a daemon brings it online, not the
 * kernel.
 */
static int failed_gpu(const struct device *gpu, bool by_daemon, const char *auto_online, struct strv *failed)
{
	bool movable = auto_online && mmop_from_name(auto_online) == MMOP_ONLINE_MOVABLE;

	if (by_daemon)
		return streq(gpu->state, "online_failed") ?
			       strv_addf(failed,
					 "GPU %s: its memory could not be brought online (numa_status: online_failed); the log "
					 "of nvidia-persistenced tells why",
					 gpu->name) :
			       0;
	if (streq(gpu->state, "online_failed") || (streq(gpu->state, "offline") && !movable))
		return strv_addf(failed,
				 "GPU %s: its driver %s its memory (numa_status: %s): the kernel must bring that online in zone "
				 "Movable; write \"online_movable\" to auto_online_blocks (now \"%s\"), at boot by "
				 "memhp_default_state=online_movable, then load the driver again",
				 gpu->name, streq(gpu->state, "offline") ? "will not keep" : "has removed", gpu->state,
				 auto_online ? auto_online : "missing");
	return 0;
}

static int failed_gpus(const struct signals *s, const char *auto_online, struct strv *failed)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->gpus.n; i++)
		if (!s->gpus.v[i].kept)
			r = failed_gpu(&s->gpus.v[i], s->coherent.n > 0, auto_online, failed);
	return r;
}

static bool is_in(const struct ranges *r, uint64_t address)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].start <= address && address <= r->v[i].end)
			return true;
	return false;
}

/* Nodes with memory in a CXL window that neither a region nor kmem brought: firmware mapped it at boot. */
static struct nodeset mapped_by_firmware(const struct signals *s, const struct topology *t)
{
	struct nodeset nodes = NODESET_EMPTY;

	for (size_t i = 0; s->windows.n && t->block_size && i < t->n_blocks; i++) {
		uint64_t start = t->blocks[i].id * t->block_size;

		if (t->blocks[i].node >= 0 && is_in(&s->windows, start) && !is_in(&s->regions, start) &&
		    !is_in(&s->kmem, start))
			nodeset_add(&nodes, t->blocks[i].node);
	}
	return nodes;
}

static int absent_memdev(const struct memdev *m, const struct nodeset *mapped, struct strv *absent)
{
	const char *pci = m->pci ? m->pci : "unknown";

	if (nodeset_empty(mapped))
		return strv_addf(absent, "%s (PCI device %s): of no CXL region; cxl create-region makes one", m->name, pci);
	return strv_addf(absent,
			 "%s (PCI device %s): of no CXL region, but node %s has memory in a CXL window: firmware may have made "
			 "the device's memory ordinary memory; where it marks it as specific-purpose, a driver brings it",
			 m->name, pci, NODESET_STR(mapped));
}

int owners_absent(const struct signals *s, struct topology *t)
{
	struct nodeset mapped = mapped_by_firmware(s, t);
	int r = absent_gpus(&s->gpus, t, &t->absent);

	if (r >= 0)
		r = failed_gpus(s, t->auto_online, &t->failed);
	for (size_t i = 0; r >= 0 && i < s->dax.n; i++) {
		const struct device *d = &s->dax.v[i];

		if (!d->online)
			r = strv_addf(&t->absent,
				      "%s: not kmem's; daxctl reconfigure-device -m system-ram -N %s makes it node %d",
				      d->name, d->name, d->node);
	}
	for (size_t i = 0; r >= 0 && i < s->cxl.n_memdevs; i++) {
		const struct memdev *m = &s->cxl.memdevs[i];

		if (!has_region(&s->cxl, m->name))
			r = absent_memdev(m, &mapped, &t->absent);
	}
	return r;
}
