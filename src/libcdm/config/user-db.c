/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names and numbers of users and groups, from the C library's databases. */

#include "user-db.h"

#include "basic/strutil.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

/* The calls need a buffer for the whole entry, and a group of a large site has thousands of members. */
#define ENTRY_MIN 1024
#define ENTRY_MAX (16U << 20)

typedef int (*lookup_fn)(const char *name, char *buf, size_t size, unsigned *ret);

static int find_user(const char *name, char *buf, size_t size, unsigned *ret)
{
	struct passwd entry, *found = NULL;
	int r = getpwnam_r(name, &entry, buf, size, &found);

	if (r == 0 && found)
		*ret = found->pw_uid;
	return r ? -r : found ? 0 : -ENOENT;
}

static int find_group(const char *name, char *buf, size_t size, unsigned *ret)
{
	struct group entry, *found = NULL;
	int r = getgrnam_r(name, &entry, buf, size, &found);

	if (r == 0 && found)
		*ret = found->gr_gid;
	return r ? -r : found ? 0 : -ENOENT;
}

static int look_up(lookup_fn find, const char *name, unsigned *ret)
{
	int r = -ERANGE;

	for (size_t size = ENTRY_MIN; r == -ERANGE && size <= ENTRY_MAX; size *= 4) {
		_cleanup_free_ char *buf = malloc(size);

		r = buf ? find(name, buf, size, ret) : -ENOMEM;
	}
	return r;
}

int user_db_uid(const char *name, uid_t *ret)
{
	return look_up(find_user, name, ret);
}

int user_db_gid(const char *name, gid_t *ret)
{
	return look_up(find_group, name, ret);
}

bool user_db_is_id(const char *name, unsigned *ret)
{
	uint64_t id;

	if (!*name || name[strspn(name, "0123456789")] || parse_u64(name, &id) < 0 || id >= UINT32_MAX)
		return false;
	*ret = (unsigned)id;
	return true;
}
