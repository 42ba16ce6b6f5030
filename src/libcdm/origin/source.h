/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Signals of where memory came from; origin.c judges them. */

#include "basic/root.h"

#include <stdbool.h>
#include <stdint.h>

struct range {
	uint64_t start, end; /* inclusive */
};

/* Sorted by address and without overlap, once they are read. */
struct ranges {
	struct range *v;
	size_t n;
};

/* A device that brings memory: a dax device, or a GPU. */
struct device {
	char *name;       /* "dax0.0"; for a GPU its PCI address */
	int node;         /* -1: its memory is not a node */
	bool cxl, online; /* online: bound to kmem, or the GPU's driver has its memory in the system */
	bool kept;        /* the GPU's driver never makes a node of its memory */
	char *state;      /* the state that a GPU's driver shows; NULL for other devices */
	char *pci, *driver;
};

struct devices {
	struct device *v;
	size_t n;
};

/* A CXL memory device, /sys/bus/cxl/devices/memN. */
struct memdev {
	char *name, *pci;
};

/* A CXL region, and the names of its memory devices. */
struct region {
	char *name;
	struct range at;
	struct strv memdevs;
};

struct cxl {
	struct memdev *memdevs;
	size_t n_memdevs;
	struct region *regions;
	size_t n_regions;
};

/* Everything that can show an origin, read once. */
struct signals {
	bool has_iomem; /* with addresses in it, not zeros */
	/*
	 * kmem, nvidia, windows (CXL), reserved (Soft Reserved): from /proc/iomem; regions: from CXL; coherent: from
	 * the device tree.
	 */
	struct ranges kmem, nvidia, windows, reserved, regions, coherent;
	struct devices dax, gpus;
	struct cxl cxl;
};

/* Anything that cannot be read or understood gives no signal. -ENOMEM. */
int signals_read(const struct root *root, struct signals *ret);
void signals_free(struct signals *s);
#define _cleanup_signals_ _cleanup_(signals_free)

const struct memdev *cxl_memdev(const struct cxl *cxl, const char *name); /* or NULL */
