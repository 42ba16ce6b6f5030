/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of signals_read(), one for each source. */

#include "source.h"

#define DAX_DIR "sys/bus/dax/devices"
#define CXL_DIR "sys/bus/cxl/devices"
#define PCI_DIR "sys/bus/pci/devices"
#define GPU_DIR "proc/driver/nvidia/gpus"
#define TREE_DIR "proc/device-tree"

/* Each reads one entry of its directory. An error means that this entry gives no signal, unless root_cannot_tell(). */
int read_dax_device(const struct root *root, const char *name, struct signals *s);
int read_gpu(const struct root *root, const char *name, struct signals *s);
int read_cxl(const struct root *root, const char *name, struct signals *s);
int read_tree_memory(const struct root *root, const char *name, struct signals *s);

/* -EINVAL: the size is 0, or the end is beyond all addresses. */
int ranges_add(struct ranges *r, uint64_t start, uint64_t size);

/* *ret: the last PCI address in a path of sysfs, owned; NULL: there is none. */
int pci_of_path(const char *path, char **ret);
void device_free(struct device *d);
