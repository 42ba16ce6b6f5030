/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The traces that memory leaves of where it came from; origin.c judges them. */

#include "basic/root.h"

#include <stdbool.h>
#include <stdint.h>

struct range {
	uint64_t start, end; /* inclusive */
};

struct ranges {
	struct range *v;
	size_t n;
};

/* A device that brings memory: one of the dax bus, or a GPU. */
struct device {
	int node;
	bool cxl, online; /* online: bound to kmem, or the GPU's driver says so */
	char *pci, *driver;
};

struct devices {
	struct device *v;
	size_t n;
};

/* Everything that could tell an origin, read once. */
struct signals {
	bool has_iomem; /* with addresses in it */
	struct ranges kmem, nvidia, cxl, coherent;
	struct devices dax, gpus;
};

/* What cannot be read or understood is no signal. -ENOMEM. */
int signals_read(const struct root *root, struct signals *ret);
void signals_free(struct signals *s);
#define _cleanup_signals_ _cleanup_(signals_free)
