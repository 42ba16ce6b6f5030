/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * dlopen(3): the variables of what was loaded. dlclose(3): what was found of an object is forgotten when it may have
 * gone.
 */

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include "basic/cleanup.h"
#include "objects.h"
#include "preload.h"
#include "real.h"

#if defined(__x86_64__) || defined(__aarch64__)

/*
 * With RTLD_DEEPBIND an object's free(3) and realloc(3) are libc's, past this library, and would be given device
 * blocks: where there may be such, the object finds its symbols in the usual order.
 */
static int without_deepbind(int mode)
{
	return preload_smallest[PLACEMENT_MALLOC] == SIZE_MAX ? mode : mode & ~RTLD_DEEPBIND;
}

_cold_ static void *open_and_look(const char *file, int mode)
{
	void *handle = real.dlopen(file, mode);

	if (handle)
		preload_look_at_objects();
	return handle;
}

/*
 * Where libc looks depends on who calls: on the RUNPATH of the caller's object, for a name without a slash, or its
 * $ORIGIN. Such a call has to reach libc as if it came from there, so it ends in a jump (a sibling call, which these
 * architectures have through a pointer), and its object is seen at the next one.
 */
_public_ void *dlopen(const char *file, int mode)
{
	mode = without_deepbind(mode);
	if (preload_follows_objects && file && strchr(file, '/') && !strchr(file, '$'))
		return open_and_look(file, mode);
	preload_look_at_objects();
	return real.dlopen(file, mode);
}

#endif

_public_ int dlclose(void *handle)
{
	int r;

	objects_changed();
	r = real.dlclose(handle);

	objects_changed();
	return r;
}
