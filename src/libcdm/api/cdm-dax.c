/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Blocks of a devdax device (/dev/daxX.Y), whose memory belongs to no node. The kernel allocates nothing in it and
 * knows no owner. So the process locks the whole device (flock(2)) as long as it has a block of it, and cuts the blocks
 * itself.
 */

#include "cdm-internal.h"

#include "basic/strutil.h"
#include "extents.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct device {
	struct device *next;
	char *path;
	dev_t number;
	pid_t owner; /* the process that opened it; its children share lock and memory and have a copy of the list */
	int fd;
	char *base; /* one mapping of the whole device */
	uint64_t size;
	struct extents free;
};

/*
 * Changed only under the library's lock. dax_free() tests it for NULL without the lock: a thread that frees a block of
 * a device sees that device here.
 */
static struct device *devices;

static void device_free(struct device *d)
{
	if (d->base)
		munmap(d->base, d->size);
	if (d->fd >= 0)
		close(d->fd);
	extents_done(&d->free);
	free(d->path);
	free(d);
}
DEFINE_CLEANUP(struct device *, device_free)

static int read_size(const char *path, dev_t number, uint64_t *ret, struct error *err)
{
	_cleanup_root_ struct root root = ROOT_NONE;
	_cleanup_free_ char *subsystem = NULL;
	int r = root_open(NULL, &root, err);

	if (r < 0)
		return r;
	r = root_readlink(&root, &subsystem, "sys/dev/char/%u:%u/subsystem", major(number), minor(number));
	if (r < 0 || !has_suffix(subsystem, "/dax"))
		return fail(err, -ENODEV,
			    "%s is not a devdax device: see `daxctl list`; to use the memory of a node, give its class or its "
			    "number",
			    path);
	r = root_read_u64(&root, ret, "sys/dev/char/%u:%u/size", major(number), minor(number));
	return r < 0 ? fail(err, r, "reading the size of %s: %m", path) : 0;
}

static int map(struct device *d, struct error *err)
{
	char *p;

	/* The driver chooses the alignment of the address (drivers/dax/device.c, dax_get_unmapped_area()). */
	p = (char *)map_memory(d->size, MAP_SHARED, d->fd);
	if (p == MAP_FAILED)
		return fail(err, -errno, "mmap of %s: %m", d->path);
	d->base = p;
	return 0;
}

static int open_device(const char *path, dev_t number, struct device **ret, struct error *err)
{
	_cleanup_(device_freep) struct device *d = calloc(1, sizeof(*d));
	struct stat st;
	int r;

	if (!d)
		return fail(err, -ENOMEM, "%m");
	d->number = number;
	d->owner = getpid();
	d->path = strdup(path);
	d->fd = open(path, O_RDWR | O_CLOEXEC);
	if (!d->path || d->fd < 0 || fstat(d->fd, &st) < 0)
		return fail(err, d->path ? -errno : -ENOMEM, "%s: %m", path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != number)
		return fail(err, -ENODEV, "%s was replaced by another file just now: try again", path);
	if (flock(d->fd, LOCK_EX | LOCK_NB) < 0)
		return fail(err, errno == EWOULDBLOCK ? -EBUSY : -errno, "%s: %s", path,
			    errno == EWOULDBLOCK ? "another process uses it (`fuser` names the process)" : strerror(errno));
	r = read_size(path, number, &d->size, err);
	if (r >= 0)
		r = map(d, err);
	if (r >= 0 && extents_init(&d->free, d->size) < 0)
		r = fail(err, -ENOMEM, "%m");
	if (r >= 0)
		*ret = TAKE_PTR(d);
	return r;
}

static int find_device(const char *path, struct device **ret, struct error *err)
{
	struct device *d = devices;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return fail(err, -errno, "%s: %m", path);
	if (!S_ISCHR(st.st_mode))
		return fail(err, -ENODEV, "%s is not a character device: see `daxctl list` for the devdax devices", path);
	while (d && (d->number != st.st_rdev || d->owner != getpid()))
		d = d->next;
	if (!d) {
		r = open_device(path, st.st_rdev, &d, err);
		if (r < 0)
			return r;
		d->next = devices;
		__atomic_store_n(&devices, d, __ATOMIC_RELEASE);
	}
	*ret = d;
	return 0;
}

static void close_if_empty(struct device *d)
{
	struct device **at = &devices;

	if (d->free.blocks > 0)
		return;
	while (*at != d)
		at = &(*at)->next;
	__atomic_store_n(at, d->next, __ATOMIC_RELEASE);
	device_free(d);
}

static int take_extent(struct device *d, size_t alignment, size_t size, uint64_t *ret, struct error *err)
{
	int r = extents_take(&d->free, size, alignment, ret);

	if (r == -ENOSPC)
		return fail(err, -ENOMEM, "%s has no free piece of %s: free other blocks of it, or ask for less",
			    d->path, SIZE_STR(size));
	return r < 0 ? fail(err, r, "%m") : 0;
}

static int take(const char *path, size_t alignment, size_t size, char **ret, struct error *err)
{
	struct device *d = NULL;
	uint64_t offset = 0;
	int r = find_device(path, &d, err);

	if (r < 0)
		return r;
	if ((uintptr_t)d->base & (alignment - 1))
		r = fail(err, -EINVAL, "%s is mapped at %p, which is not a multiple of %s: ask for a smaller alignment",
			 path, (void *)d->base, SIZE_STR(alignment));
	else
		r = take_extent(d, alignment, size, &offset, err);
	if (r >= 0)
		*ret = d->base + offset;
	close_if_empty(d);
	return r;
}

int dax_alloc(const char *path, size_t alignment, size_t size, void **ret, struct error *err)
{
	char *p = NULL;
	int r;

	library_lock();
	r = take(path, alignment, size, &p, err);
	library_unlock();
	if (r < 0)
		return r;
	/* The block still holds what its last user wrote. */
	memset(p, 0, size);
	*ret = p;
	return 0;
}

static int give(char *p, size_t size, struct error *err)
{
	struct device *d = devices;
	int r;

	while (d && (p < d->base || p >= d->base + d->size))
		d = d->next;
	if (!d)
		return 0;
	if (d->owner != getpid())
		return fail(err, -EPERM, "%s was opened by process %d, and only that process can free its blocks",
			    d->path, (int)d->owner);
	r = size <= d->size - (size_t)(p - d->base) ? extents_give(&d->free, (uint64_t)(p - d->base), size) : -EINVAL;
	if (r < 0)
		return fail(err, r, "%zu bytes at %p are not a block of %s: give the address and size of the allocation",
			    size, (void *)p, d->path);
	close_if_empty(d);
	return 1;
}

int dax_free(void *p, size_t size, struct error *err)
{
	int r;

	if (!__atomic_load_n(&devices, __ATOMIC_ACQUIRE))
		return 0;
	library_lock();
	r = give(p, size, err);
	library_unlock();
	return r;
}
