/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parser of nodeN/meminfo, also for the preload library. */

#include "meminfo-field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int meminfo_field(const char *text, const char *field, uint64_t *ret)
{
	size_t len = strlen(field);

	for (const char *p = text; (p = strstr(p, field)); p += len) {
		unsigned long long kib;
		char *end;

		if (p == text || p[-1] != ' ' || p[len] != ':')
			continue;
		p += len + 1;
		p += strspn(p, " ");
		if (*p < '0' || *p > '9')
			return -EINVAL;
		errno = 0;
		kib = strtoull(p, &end, 10);
		if (errno || kib > UINT64_MAX / 1024)
			return -ERANGE;
		if (strncmp(end, " kB", 3) != 0)
			return -EINVAL;
		*ret = kib * 1024;
		return 0;
	}
	return -ENOENT;
}
