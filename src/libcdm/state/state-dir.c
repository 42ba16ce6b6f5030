/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state directory: its locks, and the flag files that udev's rules test. */

#include "state-internal.h"

#include "basic/fd.h"
#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LOCK STATE_DIR "/lock"
#define DAEMON_LOCK STATE_DIR "/cdmd.lock"

/*
 * Users reach cdmd's socket through the directory, whatever the umask was when it was made. A caller that may not
 * change it goes on: what it needs there is tried next.
 */
static void open_to_all(const struct root *root)
{
	_cleanup_close_ int fd = openat(root->fd, STATE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) != 0755)
		(void)fchmod(fd, 0755);
}

int state_make_dir(const struct root *root, struct error *err)
{
	if (!root->live)
		return fail(err, -EROFS, "a captured tree (--sysroot) is only read, never changed");
	if (mkdirat(root->fd, STATE_DIR, 0755) < 0 && errno != EEXIST)
		return fail(err, -errno, "creating /%s: %m", STATE_DIR);
	open_to_all(root);
	return 0;
}

/* Whether fd locks the file that other processes would find: a teardown or a cleanup of /run may have removed it. */
static bool is_found(const struct root *root, const char *file, int fd)
{
	struct stat held, found;

	return fstat(fd, &held) == 0 && fstatat(root->fd, file, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

static int lock_once(const struct root *root, const char *file, int how, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = state_make_dir(root, err);

	if (r < 0)
		return r;
	/* Locking needs no write access: once the file exists, a full or read-only /run does not matter. */
	fd = openat(root->fd, file, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(err, -errno, "/%s: %m", file);
	do
		r = flock(fd, how);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return fail(err, errno == EWOULDBLOCK ? -EBUSY : -errno, "/%s: flock: %m", file);
	return TAKE_FD(fd);
}

static int lock(const struct root *root, const char *file, int how, struct error *err)
{
	for (;;) {
		_cleanup_close_ int fd = lock_once(root, file, how, err);

		if (fd < 0 || is_found(root, file, fd))
			return TAKE_FD(fd);
	}
}

int state_lock(const struct root *root, struct error *err)
{
	return lock(root, LOCK, LOCK_EX, err);
}

int state_lock_daemon(const struct root *root, struct error *err)
{
	int fd = lock(root, DAEMON_LOCK, LOCK_EX | LOCK_NB, err);

	return fd == -EBUSY ? fail(err, fd, "another cdmd is running already (it holds /%s)", DAEMON_LOCK) : fd;
}

bool state_is_daemon_lock(const struct root *root, int fd)
{
	return is_found(root, DAEMON_LOCK, fd);
}

void state_remove_dir(const struct root *root)
{
	static const char *const files[] = { STATE_NEW, CDMD_SOCKET, DAEMON_LOCK, LOCK };

	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		unlinkat(root->fd, files[i], 0);
	unlinkat(root->fd, STATE_DIR, AT_REMOVEDIR);
}

static void raise_flag(const struct root *root, const char *file)
{
	int fd = openat(root->fd, file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd >= 0)
		close(fd);
}

void state_tell_fenced(const struct root *root)
{
	raise_flag(root, STOOD_FILE);
	raise_flag(root, FENCED_FILE);
	unlinkat(root->fd, UNFENCED_FILE, 0);
}

void state_tell_open(const struct root *root)
{
	unlinkat(root->fd, FENCED_FILE, 0);
}

void state_tell_unfenced(const struct root *root)
{
	if (state_make_dir(root, NULL) == 0)
		raise_flag(root, UNFENCED_FILE);
}
