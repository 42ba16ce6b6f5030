/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The devices that brought memory: their PCI addresses and drivers. */

#include "source.h"
#include "libcdm/kernel/topology.h"

/* Fills pci and drivers of a node; in_region: all its memory is in CXL regions. -ENOMEM. */
int owners_of(const struct root *root, const struct signals *s, const struct topology *t, bool in_region, struct node *n);

/* Fills t->absent and t->failed. -ENOMEM. */
int owners_absent(const struct signals *s, struct topology *t);
