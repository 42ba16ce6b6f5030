/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rooted accessor: every file of the kernel is read and written below a directory that can be a captured tree. */

#include "root.h"

#include "fd.h"
#include "strutil.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

int root_open(const char *dir, struct root *ret, struct error *err)
{
	bool live = !dir || streq(dir, "/");
	int fd = open(live ? "/" : dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(err, -errno, "--sysroot %s: %m", dir ? dir : "/");
	*ret = (struct root){ .fd = fd, .live = live };
	return 0;
}

void root_close(struct root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	*root = ROOT_NONE;
}

bool root_cannot_tell(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE || r == -EINTR || r == -EAGAIN || r == -EIO;
}

/*
 * Within the root, openat2(2) fails with EAGAIN on ".." if anything on the machine was renamed or mounted since the
 * call began, since the kernel then cannot rule out that the path has left the root (fs/namei.c, handle_dots()). That
 * says nothing about the file. An attempt takes microseconds, so this many succeed even in a storm of renames.
 */
#define RESOLVE_ATTEMPTS 10000

static int open_in_root(int dir, int flags, const char *path)
{
	struct open_how how = { .flags = (uint64_t)flags, .resolve = RESOLVE_IN_ROOT };
	int fd;

	for (int i = 0; i < RESOLVE_ATTEMPTS; i++) {
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

static int open_at(const struct root *root, int flags, const char *path)
{
	int fd;

	if (!root->live && (flags & O_ACCMODE) != O_RDONLY)
		return -EROFS;
	flags |= O_CLOEXEC;
	/* /proc's magic links do not resolve under RESOLVE_IN_ROOT, and the live root needs no confinement. */
	fd = root->live ? openat(root->fd, path, flags) : open_in_root(root->fd, flags, path);
	return fd < 0 ? -errno : fd;
}

/* Formats the path from the caller's printf arguments into `path`, owned by the enclosing function. */
#define FORMAT_PATH(path, fmt)                      \
	_cleanup_free_ char *path = FORMATTED(fmt); \
	if (!(path))                                \
	return -ENOMEM

int root_openf(const struct root *root, int flags, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	return open_at(root, flags, path);
}

/* Reads with fd_read() or fd_read_line(). */
static int read_file(const struct root *root, const char *path,
		     int (*by)(int fd, size_t max, char **ret, size_t *ret_len), char **ret, size_t *ret_len)
{
	_cleanup_close_ int fd = open_at(root, O_RDONLY, path);

	return fd < 0 ? fd : by(fd, ROOT_FILE_MAX, ret, ret_len);
}

int root_read(const struct root *root, char **ret, size_t *ret_len, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	return read_file(root, path, fd_read, ret, ret_len);
}

static int read_line(const struct root *root, const char *path, char **ret)
{
	char *text, *shrunk;
	size_t len, blanks;
	int r = read_file(root, path, fd_read_line, &text, &len);

	if (r < 0)
		return r;
	while (len > 0 && (isspace((unsigned char)text[len - 1]) || !text[len - 1]))
		text[--len] = '\0';
	blanks = strspn(text, " \t\r\n");
	memmove(text, text + blanks, len - blanks + 1);
	/* The buffer is a page, and a caller that keeps a line for each node would keep as many pages. */
	shrunk = realloc(text, len - blanks + 1);
	*ret = shrunk ? shrunk : text;
	return 0;
}

int root_read_line(const struct root *root, char **ret, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	return read_line(root, path, ret);
}

int root_read_u64(const struct root *root, uint64_t *ret, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	int r;

	FORMAT_PATH(path, fmt);
	r = read_line(root, path, &text);
	return r < 0 ? r : parse_u64(text, ret);
}

int root_read_hex(const struct root *root, uint64_t *ret, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	int r;

	FORMAT_PATH(path, fmt);
	r = read_line(root, path, &text);
	return r < 0 ? r : parse_hex(text, ret);
}

int root_read_nodes(const struct root *root, struct nodeset *ret, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	int r;

	FORMAT_PATH(path, fmt);
	r = read_line(root, path, &text);
	return r < 0 ? r : nodeset_parse(text, ret);
}

static int exists(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = open_at(root, O_PATH, path);

	return fd < 0 ? fd : 0;
}

bool root_exists(const struct root *root, const char *fmt, ...)
{
	_cleanup_free_ char *path = FORMATTED(fmt);

	return path && exists(root, path) == 0;
}

int root_readlink(const struct root *root, char **ret, const char *fmt, ...)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *target = NULL;
	ssize_t n;

	FORMAT_PATH(path, fmt);
	fd = open_at(root, O_PATH | O_NOFOLLOW, path);
	if (fd < 0)
		return fd;
	target = malloc(4097);
	if (!target)
		return -ENOMEM;
	n = readlinkat(fd, "", target, 4096);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	*ret = TAKE_PTR(target);
	return 0;
}

int root_inode(const struct root *root, uint64_t *ret, const char *fmt, ...)
{
	struct stat st = { 0 };
	int r = 0;

	FORMAT_PATH(path, fmt);
	if (!root->live)
		r = exists(root, path);
	else if (fstatat(root->fd, path, &st, 0) < 0)
		r = -errno;
	if (r < 0)
		return r;
	*ret = st.st_ino;
	return 0;
}

static int each(const struct root *root, const char *path, int (*fn)(const char *name, uint64_t inode, void *arg), void *arg)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int fd = open_at(root, O_RDONLY | O_DIRECTORY, path), r = 0;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r >= 0) {
		struct dirent *de;

		errno = 0;
		de = readdir(dir);
		if (!de)
			return -errno;
		if (!streq(de->d_name, ".") && !streq(de->d_name, ".."))
			r = fn(de->d_name, root->live ? de->d_ino : 0, arg);
	}
	return r;
}

int root_each(const struct root *root, int (*fn)(const char *name, uint64_t inode, void *arg), void *arg,
	      const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	return each(root, path, fn, arg);
}

static int add_name(const char *name, uint64_t inode _unused_, void *names)
{
	return strv_add(names, name);
}

int root_list(const struct root *root, struct strv *ret, const char *fmt, ...)
{
	_cleanup_strv_ struct strv names = STRV_NONE;
	int r;

	FORMAT_PATH(path, fmt);
	r = each(root, path, add_name, &names);
	if (r < 0)
		return r;
	strv_sort(&names);
	*ret = TAKE(names, STRV_NONE);
	return 0;
}

int root_write(const struct root *root, const char *value, const char *fmt, ...)
{
	_cleanup_close_ int fd = -1;
	size_t len = strlen(value);
	ssize_t n;

	FORMAT_PATH(path, fmt);
	fd = open_at(root, O_WRONLY, path);
	if (fd < 0)
		return fd;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static int get_xattr(int fd, const char *name, char **ret)
{
	for (;;) {
		ssize_t size = fgetxattr(fd, name, NULL, 0), n;
		_cleanup_free_ char *value = size < 0 ? NULL : malloc((size_t)size + 2);

		if (size < 0)
			return -errno;
		if (!value)
			return -ENOMEM;
		n = fgetxattr(fd, name, value, (size_t)size + 1); /* with size 0 the call would return the size */
		if ((n < 0 && errno == ERANGE) || n > size)
			continue; /* it has grown meanwhile */
		if (n < 0)
			return -errno;
		value[n] = '\0';
		*ret = TAKE_PTR(value);
		return 0;
	}
}

int root_get_xattr(const struct root *root, const char *name, char **ret, const char *fmt, ...)
{
	_cleanup_close_ int fd = -1;

	FORMAT_PATH(path, fmt);
	fd = open_at(root, O_RDONLY | O_DIRECTORY, path);
	return fd < 0 ? fd : get_xattr(fd, name, ret);
}

int root_set_xattr(const struct root *root, const char *name, const char *value, const char *fmt, ...)
{
	_cleanup_close_ int fd = -1;
	int r;

	FORMAT_PATH(path, fmt);
	if (!root->live)
		return -EROFS;
	fd = open_at(root, O_RDONLY | O_DIRECTORY, path);
	if (fd < 0)
		return fd;
	r = value ? fsetxattr(fd, name, value, strlen(value), 0) : fremovexattr(fd, name);
	return r < 0 ? -errno : 0;
}
