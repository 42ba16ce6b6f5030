/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether a uevent of the kernel is about a node or a memory block. */

#include "cdm-internal.h"

#include "basic/strutil.h"

/* "add@/devices/system/node/node1", then KEY=VALUE, each with its NUL (lib/kobject_uevent.c, alloc_uevent_skb()). */
bool uevent_is_of_memory(const char *text, size_t len)
{
	while (len > 0) {
		size_t n = strnlen(text, len);
		const char *subsystem = n < len ? after_prefix(text, "SUBSYSTEM=") : NULL;

		if (subsystem && (streq(subsystem, "node") || streq(subsystem, "memory")))
			return true;
		if (n == len)
			return false;
		text += n + 1;
		len -= n + 1;
	}
	return false;
}
