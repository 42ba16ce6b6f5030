/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of signals_read(), one for each place that is looked at. */

#include "source.h"

#define DAX_DIR "sys/bus/dax/devices"
#define CXL_DIR "sys/bus/cxl/devices"
#define PCI_DIR "sys/bus/pci/devices"
#define GPU_DIR "proc/driver/nvidia/gpus"
#define TREE_DIR "proc/device-tree"

/* Each takes one name of its directory. What it returns tells nothing of that name, unless root_cannot_tell(). */
int read_dax_device(const struct root *root, const char *name, struct signals *s);
int read_gpu(const struct root *root, const char *name, struct signals *s);
int read_cxl(const struct root *root, const char *name, struct signals *s);
int read_tree_memory(const struct root *root, const char *name, struct signals *s);

/* An empty size, or an end beyond all addresses, is -EINVAL. */
int ranges_add(struct ranges *r, uint64_t start, uint64_t size);

/* *ret: the PCI address nearest the end of a path of sysfs, owned; NULL: there is none. */
int pci_of_path(const char *path, char **ret);
void device_free(struct device *d);
