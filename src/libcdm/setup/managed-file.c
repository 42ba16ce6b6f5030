/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files that setup writes: each is marked with a checksum, so that one that was edited is never overwritten. */

#include "managed-file.h"

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/strutil.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define FILE_MAX (1U << 20) /* bytes: a rules file of a distribution is 10 kB */

#define MARK "# cdm-tools "
#define MARK_DIR "# cdm-tools+directory "
#define MARK_END ": cdmadm setup wrote this, cdmadm teardown takes it away; once edited it is yours and stays.\n"

/* FNV-1a. It is no secret: a user who can forge it can write the file anyway. */
static uint64_t checksum(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

static char *marked(const char *body, bool with_dir)
{
	char *text;

	if (asprintf(&text, "%s%016llx%s%s", with_dir ? MARK_DIR : MARK, (unsigned long long)checksum(body), MARK_END,
		     body) < 0)
		return NULL;
	return text;
}

/* The text after our first line; NULL: there is no such line. */
static const char *body_of(const char *text, uint64_t *ret_sum, bool *ret_with_dir)
{
	const char *rest = after_prefix(text, MARK_DIR);
	bool with_dir = rest != NULL;
	char digits[17];

	if (!rest)
		rest = after_prefix(text, MARK);
	if (!rest || strlen(rest) < 16)
		return NULL;
	memcpy(digits, rest, 16);
	digits[16] = '\0';
	rest = after_prefix(rest + 16, MARK_END);
	if (!rest || parse_hex(digits, ret_sum) < 0)
		return NULL;
	*ret_with_dir = with_dir;
	return rest;
}

static int open_dir(const struct root *root, const char *dir)
{
	return root_openf(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, "%s", dir);
}

/* Reads a regular file; -EBADF: the name is not that of a regular file. */
static int read_at(int dir, const char *name, char **ret)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	size_t len;
	int r;

	if (fd < 0)
		return errno == ELOOP || errno == ENXIO || errno == ENODEV ? -EBADF : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	r = fd_read(fd, FILE_MAX, ret, &len);
	if (r < 0)
		return r == -EFBIG ? -EBADF : r;
	/* We never write a NUL, so a file with one is not ours. */
	if (strlen(*ret) != len)
		(*ret)[0] = '\0';
	return 0;
}

static int look(const struct root *root, const char *dir, const char *name, enum lasting_found *ret, char **ret_text,
		bool *ret_with_dir)
{
	_cleanup_close_ int d = open_dir(root, dir);
	_cleanup_free_ char *text = NULL;
	const char *body;
	uint64_t sum;
	bool with_dir;
	int r = d < 0 ? d : read_at(d, name, &text);

	/* The directory is a link or a file: nothing in it is ours. */
	if (d == -ENOTDIR || d == -ELOOP)
		r = -EBADF;
	if (r == -ENOENT || r == -EBADF) {
		*ret = r == -ENOENT ? LASTING_NONE : LASTING_FOREIGN;
		return 0;
	}
	if (r < 0)
		return r;
	body = body_of(text, &sum, &with_dir);
	if (!body) {
		*ret = LASTING_FOREIGN;
		return 0;
	}
	if (ret_text) {
		*ret_text = strdup(body);
		if (!*ret_text)
			return -ENOMEM;
	}
	*ret = sum == checksum(body) ? LASTING_OURS : LASTING_EDITED;
	*ret_with_dir = with_dir;
	return 0;
}

int lasting_look(const struct root *root, const char *dir, const char *name, enum lasting_found *ret, char **ret_text)
{
	bool with_dir;

	if (ret_text)
		*ret_text = NULL;
	return look(root, dir, name, ret, ret_text, &with_dir);
}

/* systemd and udev ignore names without their suffixes. */
#define STAGED_SUFFIX ".cdm-new"

static char *temporary_name(const char *name)
{
	char *temporary;

	return asprintf(&temporary, ".%s" STAGED_SUFFIX, name) < 0 ? NULL : temporary;
}

char *lasting_staged_for(const char *temporary)
{
	if (*temporary != '.' || !has_suffix(temporary, STAGED_SUFFIX))
		return NULL;
	return strndup(temporary + 1, strlen(temporary) - 1 - strlen(STAGED_SUFFIX));
}

/*
 * Whether a setup that was killed has left a temporary file there: a regular file of the same user. Its content may be
 * any part of what it should have become.
 */
static bool is_stale(const struct root *root, const char *dir, const char *name)
{
	_cleanup_free_ char *temporary = temporary_name(name);
	_cleanup_close_ int d = open_dir(root, dir);
	struct stat st;

	return temporary && d >= 0 && fstatat(d, temporary, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid();
}

/* Its directory goes too if that setup made it, which the first line tells, and if nothing else is in it. */
static void remove_stale(const struct root *root, const struct lasting_file *f)
{
	_cleanup_free_ char *temporary = temporary_name(f->name), *text = NULL;
	_cleanup_close_ int d = open_dir(root, f->dir);
	bool made_dir;

	if (!temporary || d < 0)
		return;
	made_dir = read_at(d, temporary, &text) == 0 && after_prefix(text, MARK_DIR);
	if (unlinkat(d, temporary, 0) == 0 && !f->text && made_dir)
		unlinkat(root->fd, f->dir, AT_REMOVEDIR);
}

static int append(struct lasting *l, struct lasting_file f)
{
	if (!RESERVE(l->v, l->n))
		return -ENOMEM;
	l->v[l->n++] = f;
	return 0;
}

static void file_clear(struct lasting_file *f)
{
	free(f->dir);
	free(f->name);
	free(f->text);
	free(f->temporary);
}

static bool is_added(const struct lasting *l, const char *dir, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (streq(l->v[i].dir, dir) && streq(l->v[i].name, name))
			return true;
	return false;
}

int lasting_add(struct lasting *l, const char *dir, const char *name, const char *body, struct error *err)
{
	struct lasting_file f = { 0 };
	_cleanup_free_ char *now = NULL;
	int r;

	if (is_added(l, dir, name))
		return 0;
	r = look(l->root, dir, name, &f.found, &now, &f.with_dir);
	if (r < 0)
		return fail(err, r, "/%s/%s: %m", dir, name);
	if (f.found == LASTING_FOREIGN && body)
		return fail(err, -EEXIST,
			    "/%s/%s is there and not ours: nothing was changed; move it away, then run `cdmadm setup` again",
			    dir, name);
	f.stale = is_stale(l->root, dir, name);
	if (!f.stale && (f.found == LASTING_FOREIGN || (f.found == LASTING_NONE && !body)))
		return 0;
	if (f.found == LASTING_NONE && faccessat(l->root->fd, dir, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		f.with_dir = true;
	f.same = body && now && f.found == LASTING_OURS && streq(body, now);
	f.dir = strdup(dir);
	f.name = strdup(name);
	f.text = body ? marked(body, f.with_dir) : NULL;
	r = f.dir && f.name && (!body || f.text) ? append(l, f) : -ENOMEM;
	if (r < 0)
		file_clear(&f);
	return r < 0 ? fail(err, r, "%m") : 0;
}

static int write_file(int dir, const char *name, const char *text)
{
	_cleanup_close_ int fd = -1;
	int r;

	/* A leftover of an earlier run. */
	unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = fd_write(fd, text, strlen(text));
	/* The mode must not depend on the umask, and the data must be on disk before the file gets its name. */
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		r = -errno;
	if (r < 0)
		unlinkat(dir, name, 0);
	return r;
}

static int make_dir(const struct root *root, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	_cleanup_free_ char *above = slash ? strndup(dir, (size_t)(slash - dir)) : strdup(".");
	_cleanup_close_ int fd = -1;

	if (!above)
		return -ENOMEM;
	if (mkdirat(root->fd, dir, 0755) < 0)
		return -errno;
	fd = openat(root->fd, above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fchmodat(root->fd, dir, 0755, 0) == 0 && fd >= 0 && fsync(fd) == 0)
		return 0;
	unlinkat(root->fd, dir, AT_REMOVEDIR);
	return -EIO;
}

static int stage(const struct root *root, struct lasting_file *f)
{
	_cleanup_free_ char *temporary = temporary_name(f->name);
	_cleanup_close_ int dir = open_dir(root, f->dir);
	int r;

	if (!temporary)
		return -ENOMEM;
	if (dir == -ENOENT) {
		r = make_dir(root, f->dir);
		if (r < 0)
			return r;
		f->made_dir = true;
		dir = open_dir(root, f->dir);
	}
	if (dir < 0)
		return dir;
	r = write_file(dir, temporary, f->text);
	if (r == 0)
		f->temporary = TAKE_PTR(temporary);
	return r;
}

static bool is_to_write(const struct lasting_file *f)
{
	return f->text && !f->same && f->found != LASTING_EDITED;
}

static void unstage(const struct root *root, struct lasting_file *f)
{
	_cleanup_close_ int dir = f->temporary ? open_dir(root, f->dir) : -1;

	if (dir >= 0)
		unlinkat(dir, f->temporary, 0);
	if (f->made_dir)
		unlinkat(root->fd, f->dir, AT_REMOVEDIR);
	free(f->temporary);
	f->temporary = NULL;
	f->made_dir = false;
}

int lasting_stage(struct lasting *l, struct error *err)
{
	for (size_t i = 0; i < l->n; i++) {
		struct lasting_file *f = &l->v[i];
		int r = is_to_write(f) ? stage(l->root, f) : 0;

		if (r < 0) {
			fail(err, r, "/%s/%s: writing: %m; nothing was changed", f->dir, f->name);
			for (size_t k = 0; k <= i; k++)
				unstage(l->root, &l->v[k]);
			return r;
		}
	}
	return 0;
}

static int put_in_place(const struct root *root, struct lasting_file *f)
{
	_cleanup_close_ int dir = open_dir(root, f->dir);

	if (dir < 0)
		return dir;
	if (renameat(dir, f->temporary, dir, f->name) < 0 || fsync(dir) < 0)
		return -errno;
	free(f->temporary);
	f->temporary = NULL;
	f->made_dir = false;
	return 0;
}

static int take_away(const struct root *root, const struct lasting_file *f)
{
	_cleanup_close_ int dir = open_dir(root, f->dir);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (unlinkat(dir, f->name, 0) < 0 && errno != ENOENT)
		return -errno;
	/* Another program may have put files there. */
	if (f->with_dir && unlinkat(root->fd, f->dir, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	return 0;
}

void lasting_commit(struct lasting *l, lasting_fn fn, void *arg)
{
	bool failed = false;

	for (size_t i = 0; i < l->n; i++) {
		struct lasting_file *f = &l->v[i];
		int r = 0;

		if (f->stale && !f->temporary)
			remove_stale(l->root, f);
		if (f->temporary)
			r = failed ? -ECANCELED : put_in_place(l->root, f);
		else if (!f->text && f->found == LASTING_OURS)
			r = take_away(l->root, f);
		else
			continue;
		failed |= r < 0;
		fn(arg, f, r, r < 0 ? strerror(-r) : NULL);
	}
}

void lasting_free(struct lasting *l)
{
	for (size_t i = 0; i < l->n; i++) {
		unstage(l->root, &l->v[i]);
		file_clear(&l->v[i]);
	}
	free(l->v);
	*l = (struct lasting){ .root = l->root };
}
