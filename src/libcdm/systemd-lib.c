/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_SYSTEMD

#include "systemd-lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define SONAME "libsystemd.so.0"

struct systemd_lib systemd_lib;

static const struct function {
	const char *name;
	size_t offset;
} functions[] = {
#define FUNCTION(name) { #name, offsetof(struct systemd_lib, name) },
	SYSTEMD_FUNCTIONS(FUNCTION)
};

int systemd_lib_load(struct error *err)
{
	static bool loaded;
	struct systemd_lib found = { 0 };
	void *handle;

	if (loaded)
		return 0;
	/* It stays: sd-bus keeps data of each thread (sd_bus_default()), and a function of it may be running. */
	handle = dlopen(SONAME, RTLD_NOW | RTLD_NODELETE);
	if (!handle)
		return fail(err, -EOPNOTSUPP, "systemd: %s", dlerror());
	for (size_t i = 0; i < ELEMENTSOF(functions); i++) {
		void *symbol = dlsym(handle, functions[i].name);

		if (!symbol)
			return fail(err, -EOPNOTSUPP, "systemd: %s is too old: it has no %s", SONAME, functions[i].name);
		memcpy((char *)&found + functions[i].offset, &symbol, sizeof(symbol));
	}
	systemd_lib = found;
	loaded = true;
	return 0;
}

#endif
