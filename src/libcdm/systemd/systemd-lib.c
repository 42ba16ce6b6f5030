/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loads libsystemd when it is needed, and unloads it again. */

#ifdef HAVE_SYSTEMD

#include "systemd-lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

struct systemd_lib systemd_lib;

static const struct function {
	const char *name;
	size_t offset;
} functions[] = {
#define FUNCTION(name) { #name, offsetof(struct systemd_lib, name) },
	SYSTEMD_FUNCTIONS(FUNCTION)
};

static void *handle;

int systemd_lib_load(struct error *err)
{
	struct systemd_lib found = { 0 };

	if (handle)
		return 0;
	handle = dlopen(SYSTEMD_SONAME, RTLD_NOW);
	if (!handle)
		return fail(err, -EOPNOTSUPP, "systemd: %s", dlerror());
	for (size_t i = 0; i < ELEMENTSOF(functions); i++) {
		void *symbol = dlsym(handle, functions[i].name);

		if (!symbol) {
			systemd_lib_unload();
			return fail(err, -EOPNOTSUPP, "systemd: %s is too old: it has no %s", SYSTEMD_SONAME,
				    functions[i].name);
		}
		memcpy((char *)&found + functions[i].offset, &symbol, sizeof(symbol));
	}
	systemd_lib = found;
	return 0;
}

void systemd_lib_unload(void)
{
	if (!handle)
		return;
	systemd_lib = (struct systemd_lib){ 0 };
	dlclose(handle);
	handle = NULL;
}

#endif
