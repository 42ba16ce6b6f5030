/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* dlclose(3): what was found of an object is forgotten when it may have gone. */

#include <dlfcn.h>

#include "basic/cleanup.h"
#include "objects.h"
#include "real.h"

_public_ int dlclose(void *handle)
{
	int r;

	objects_changed();
	r = real.dlclose(handle);

	objects_changed();
	return r;
}
