/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices that state the node of their memory: those of the dax bus, and NVIDIA's GPUs. */

#include "source-internal.h"

#include "basic/array.h"
#include "basic/nodeset.h"
#include "basic/strutil.h"

#include <ctype.h>
#include <errno.h>

/* Takes over the device, also when it fails. */
static int devices_add(struct devices *d, struct device *device)
{
	if (!RESERVE(d->v, d->n)) {
		device_free(device);
		return -ENOMEM;
	}
	d->v[d->n++] = *device;
	return 0;
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

int pci_of_path(const char *path, char **ret)
{
	_cleanup_strv_ struct strv parts = STRV_NONE;
	char *pci = NULL;
	int r = strv_split(path, "/", &parts);

	if (r < 0)
		return r;
	for (size_t i = parts.n; i > 0 && !pci; i--)
		if (is_pci_address(parts.s[i - 1])) {
			pci = strdup(parts.s[i - 1]);
			if (!pci)
				return -ENOMEM;
		}
	*ret = pci;
	return 0;
}

/* drivers/cxl: cxl_dax_region_alloc(), and the bridge above the NVDIMM of a persistent region. */
static bool is_below_cxl(const char *path)
{
	return strstr(path, "/dax_region") || strstr(path, "/nvdimm-bridge");
}

/* drivers/dax/bus.c, target_node_show(); "-1" means none. */
int read_dax_device(const struct root *root, const char *name, struct signals *s)
{
	_cleanup_free_ char *path = NULL, *driver = NULL;
	struct device d = { 0 };
	uint64_t node;
	int r = root_read_u64(root, &node, DAX_DIR "/%s/target_node", name);

	if (r >= 0 && node >= NODESET_MAX)
		r = -ERANGE;
	if (r >= 0)
		r = root_readlink(root, &path, DAX_DIR "/%s", name);
	if (r >= 0)
		r = pci_of_path(path, &d.pci);
	if (r >= 0) {
		r = root_readlink(root, &driver, DAX_DIR "/%s/driver", name);
		r = root_cannot_tell(r) ? r : 0;
	}
	if (r < 0) {
		device_free(&d);
		return r;
	}
	d.node = (int)node;
	d.cxl = is_below_cxl(path);
	d.name = strdup(name);
	if (driver) {
		d.driver = strdup(basename(driver));
		d.online = d.driver && streq(d.driver, "kmem");
	}
	if (!d.name || (driver && !d.driver)) {
		device_free(&d);
		return -ENOMEM;
	}
	return devices_add(&s->dax, &d);
}

/* The value of "Key:   value" at the start of a line, up to a blank, without quotes; NULL: no such key. */
static char *keyed_value(const char *text, const char *key)
{
	for (const char *p = text; p; p = strchr(p, '\n')) {
		const char *value;

		p += *p == '\n';
		value = after_prefix(p, key);
		if (!value || *value != ':')
			continue;
		value++;
		value += strspn(value, " \t\"");
		return strndup(value, strcspn(value, " \t\n\""));
	}
	return NULL;
}

/* In this mode of the driver (CDMM) GPU memory is never a node: there is no numa_status then, but a parameter. */
static bool driver_keeps_memory(const struct root *root)
{
	_cleanup_free_ char *text = NULL, *mode = NULL;

	if (root_read(root, &text, NULL, "proc/driver/nvidia/params") < 0)
		return false;
	mode = keyed_value(text, "CoherentGPUMemoryMode");
	return mode && streq(mode, "driver");
}

/*
 * numa_status: "Node:      1", "Status:    online" (nv-procfs.c, nv_procfs_read_numa_status()). Node -1 means none.
 * While the status is "offline" or "disabled", no memory of the GPU is in the system, whatever the node is.
 */
static int read_numa_status(const struct root *root, const char *pci, struct device *d)
{
	_cleanup_free_ char *text = NULL, *node = NULL;
	int r = root_read(root, &text, NULL, GPU_DIR "/%s/numa_status", pci);

	if (r == -ENOENT && driver_keeps_memory(root)) {
		d->kept = true;
		d->state = strdup("CoherentGPUMemoryMode: driver");
		return d->state ? 0 : -ENOMEM;
	}
	if (r < 0)
		return r;
	errno = 0;
	node = keyed_value(text, "Node");
	d->state = keyed_value(text, "Status");
	if (!node || !d->state)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	if (streq(node, "-1"))
		return 0;
	r = parse_int(node, &d->node);
	if (r >= 0 && d->node >= NODESET_MAX)
		r = -ERANGE;
	d->online = r >= 0 && !streq(d->state, "offline") && !streq(d->state, "disabled");
	return r;
}

int read_gpu(const struct root *root, const char *name, struct signals *s)
{
	struct device d = { .node = -1 };
	int r = read_numa_status(root, name, &d);

	if (r >= 0) {
		d.name = strdup(name);
		d.pci = strdup(name);
		d.driver = strdup("nvidia");
		r = d.name && d.pci && d.driver ? 0 : -ENOMEM;
	}
	if (r < 0) {
		device_free(&d);
		return r;
	}
	return devices_add(&s->gpus, &d);
}
