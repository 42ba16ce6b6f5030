/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Interposes on libc by symbol. Calls inside libc are not seen (open() by fopen()), calls of other libraries are. Calls
 * of malloc inside libc (strdup, asprintf, fdopendir) are seen, since glibc allows malloc to be replaced.
 */

#include "faulty.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct faulty own;
struct faulty *faulty = &own;

#define EXPORT __attribute__((visibility("default")))

__attribute__((constructor)) static void faulty_init(void)
{
	const char *path = getenv("FAULTY");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
	void *shared;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof(*faulty), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (shared != MAP_FAILED)
		faulty = shared;
}

static bool fails(enum faulty_call call)
{
	struct faulty *f = faulty;
	uint64_t n;

	if (f->call != call)
		return false;
	n = ++f->seen;
	if (f->at == 0 || n < f->at || (n > f->at && !f->ever))
		return false;
	errno = (int)f->error;
	return true;
}

/* Defines RET NAME(PARAMETERS), which calls libc's with ARGUMENTS, or fails with FAILURE. */
#define WRAP(class, ret, failure, name, parameters, arguments)             \
	EXPORT ret name parameters                                         \
	{                                                                  \
		static ret(*real) parameters;                              \
		if (fails(class))                                          \
			return failure;                                    \
		if (!real)                                                 \
			real = (ret(*) parameters)dlsym(RTLD_NEXT, #name); \
		return real arguments;                                     \
	}

/* Files ----------------------------------------------------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                       \
	EXPORT int name(const char *path, int flags, ...)                     \
	{                                                                     \
		va_list ap;                                                   \
		mode_t mode;                                                  \
		va_start(ap, flags);                                          \
		mode = mode_of(flags, ap);                                    \
		va_end(ap);                                                   \
		if (fails(FAULTY_OPEN))                                       \
			return -1;                                            \
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
	}
#define WRAP_OPENAT(name)                                                \
	EXPORT int name(int dir, const char *path, int flags, ...)       \
	{                                                                \
		va_list ap;                                              \
		mode_t mode;                                             \
		va_start(ap, flags);                                     \
		mode = mode_of(flags, ap);                               \
		va_end(ap);                                              \
		if (fails(FAULTY_OPEN))                                  \
			return -1;                                       \
		return (int)syscall(SYS_openat, dir, path, flags, mode); \
	}
WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)

/* The variants that _FORTIFY_SOURCE calls if the flags are not constant. */
#define WRAP_OPEN_2(name)                            \
	EXPORT int name(const char *path, int flags) \
	{                                            \
		return open(path, flags);            \
	}
#define WRAP_OPENAT_2(name)                                   \
	EXPORT int name(int dir, const char *path, int flags) \
	{                                                     \
		return openat(dir, path, flags);              \
	}
WRAP_OPEN_2(__open_2)
WRAP_OPEN_2(__open64_2)
WRAP_OPENAT_2(__openat_2)
WRAP_OPENAT_2(__openat64_2)

/* A captured tree is opened by openat2(2), for which libc has no function. */
EXPORT long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 && fails(FAULTY_OPEN))
		return -1;
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

WRAP(FAULTY_OPEN, FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
WRAP(FAULTY_OPEN, FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode))
WRAP(FAULTY_READ, ssize_t, -1, read, (int fd, void *buf, size_t n), (fd, buf, n))
WRAP(FAULTY_READ, ssize_t, -1, pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))
WRAP(FAULTY_READ, ssize_t, -1, __read_chk, (int fd, void *buf, size_t n, size_t size), (fd, buf, n, size))
WRAP(FAULTY_WRITE, ssize_t, -1, write, (int fd, const void *buf, size_t n), (fd, buf, n))

/* close(2) releases the descriptor even if it fails. */
EXPORT int close(int fd)
{
	int r = (int)syscall(SYS_close, fd);

	return fails(FAULTY_CLOSE) ? -1 : r;
}

WRAP(FAULTY_DIR, DIR *, NULL, fdopendir, (int fd), (fd))
WRAP(FAULTY_DIR, struct dirent *, NULL, readdir, (DIR * dir), (dir))
WRAP(FAULTY_DIR, struct dirent64 *, NULL, readdir64, (DIR * dir), (dir))
WRAP(FAULTY_STAT, int, -1, fstat, (int fd, struct stat *st), (fd, st))
WRAP(FAULTY_STAT, int, -1, fstatat, (int dir, const char *path, struct stat *st, int flags), (dir, path, st, flags))
WRAP(FAULTY_STAT, ssize_t, -1, readlinkat, (int dir, const char *path, char *buf, size_t n), (dir, path, buf, n))
WRAP(FAULTY_STAT, ssize_t, -1, __readlinkat_chk, (int dir, const char *path, char *buf, size_t n, size_t size),
     (dir, path, buf, n, size))
WRAP(FAULTY_MAKE, int, -1, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(FAULTY_MAKE, int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(FAULTY_MAKE, int, -1, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(FAULTY_MAKE, int, -1, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(FAULTY_LOCK, int, -1, flock, (int fd, int how), (fd, how))

/* Calls that a daemon waits in -------------------------------------------------------------------------------------- */

WRAP(FAULTY_WATCH, int, -1, inotify_add_watch, (int fd, const char *path, uint32_t mask), (fd, path, mask))
WRAP(FAULTY_WAIT, int, -1, epoll_wait, (int fd, struct epoll_event *event, int n, int ms), (fd, event, n, ms))

WRAP(FAULTY_SOCKET, int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(FAULTY_SOCKET, int, -1, connect, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
WRAP(FAULTY_SOCKET, int, -1, bind, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
WRAP(FAULTY_SOCKET, ssize_t, -1, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
WRAP(FAULTY_SOCKET, ssize_t, -1, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
WRAP(FAULTY_SOCKET, ssize_t, -1, recv, (int fd, void *buf, size_t n, int flags), (fd, buf, n, flags))
WRAP(FAULTY_SOCKET, ssize_t, -1, send, (int fd, const void *buf, size_t n, int flags), (fd, buf, n, flags))
WRAP(FAULTY_SOCKET, int, -1, ppoll, (struct pollfd * fds, nfds_t n, const struct timespec *t, const sigset_t *set),
     (fds, n, t, set))

/*
 * Memory: glibc exports its functions under second names, so dlsym(), which allocates, is not needed.
 * AddressSanitizer's allocator cannot be replaced.
 */
#ifndef __SANITIZE_ADDRESS__

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

EXPORT void *malloc(size_t n)
{
	return fails(FAULTY_MALLOC) ? NULL : __libc_malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
	return fails(FAULTY_MALLOC) ? NULL : __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t n)
{
	return fails(FAULTY_MALLOC) ? NULL : __libc_realloc(p, n);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

#endif
