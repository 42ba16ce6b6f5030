/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Uevents of nodes and memory blocks by libudev. */

#include "uevent-monitor.h"

#include "basic/strutil.h"

#include <errno.h>
#include <libudev.h>

/* Kernel memory, used only while events wait: a big device has thousands of blocks, with some 300 bytes each. */
#define RECEIVE_BUFFER (32 << 20)

/* Events read in one call: in a storm they can come faster than they are read. */
#define AT_ONCE 1024

struct monitor {
	struct udev *udev;
	struct udev_monitor *monitor;
};

int monitor_open(struct monitor **ret, struct error *err)
{
	/* A node that gets a CPU becomes a system node; one that loses its CPUs may be left with a device's memory. */
	static const char *const subsystems[] = { "node", "memory", "cpu" };
	_cleanup_monitor_ struct monitor *m = calloc(1, sizeof(*m));
	int r = 0;

	if (!m)
		return fail(err, -ENOMEM, "%m");
	m->udev = udev_new();
	m->monitor = m->udev ? udev_monitor_new_from_netlink(m->udev, "kernel") : NULL;
	if (!m->monitor)
		return fail(err, errno ? -errno : -ENOMEM, "uevent monitor: netlink socket: %m");
	/* Needs CAP_NET_ADMIN. Without it the default size stays, and an overrun only means that cdmd looks again. */
	(void)udev_monitor_set_receive_buffer_size(m->monitor, RECEIVE_BUFFER);
	for (size_t i = 0; r >= 0 && i < ELEMENTSOF(subsystems); i++)
		r = udev_monitor_filter_add_match_subsystem_devtype(m->monitor, subsystems[i], NULL);
	if (r >= 0)
		r = udev_monitor_enable_receiving(m->monitor);
	if (r < 0)
		return fail(err, r, "uevent monitor: %m");
	*ret = TAKE_PTR(m);
	return 0;
}

int monitor_fd(const struct monitor *m)
{
	return udev_monitor_get_fd(m->monitor);
}

int monitor_drain(struct monitor *m, bool *ret_overrun)
{
	bool overrun = false;
	int n = 0;

	for (int i = 0; i < AT_ONCE; i++) {
		struct udev_device *d;

		errno = 0;
		d = udev_monitor_receive_device(m->monitor);
		if (d) {
			udev_device_unref(d);
			n++;
			continue;
		}
		if (errno == ENOBUFS) {
			overrun = true;
			continue;
		}
		/* libudev also returns no device for a message that its filter dropped or that is not the kernel's. */
		if (errno == 0 || errno == EAGAIN || errno == EINTR || errno == EINVAL || errno == EBADMSG)
			break;
		return -errno;
	}
	*ret_overrun = overrun;
	return n;
}

void monitor_close(struct monitor *m)
{
	if (m->monitor)
		udev_monitor_unref(m->monitor);
	if (m->udev)
		udev_unref(m->udev);
	free(m);
}
