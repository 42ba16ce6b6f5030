/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Paths as the kernel writes them in files below /proc. */

#include "mangled.h"

#include <stdlib.h>
#include <string.h>

char *unmangle(struct span s, const char *escaped)
{
	char *name = malloc((size_t)(s.end - s.p) + 1), *out = name;

	while (name && s.p < s.end) {
		if (*s.p == '\\' && s.end - s.p > 3 && s.p[1] >= '0' && s.p[1] <= '3') {
			unsigned a = (unsigned)(s.p[1] - '0'), b = (unsigned)(s.p[2] - '0'), c = (unsigned)(s.p[3] - '0');
			char byte = (char)(a << 6 | b << 3 | c);

			if (b < 8 && c < 8 && byte && strchr(escaped, byte)) {
				*out++ = byte;
				s.p += 4;
				continue;
			}
		}
		*out++ = *s.p++;
	}
	if (name)
		*out = '\0';
	return name;
}
