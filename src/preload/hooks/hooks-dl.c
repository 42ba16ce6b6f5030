/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * dlopen(3): binds the variables of the loaded object. dlclose(3): forgets what was found about objects, since one may
 * have gone.
 */

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include "basic/cleanup.h"
#include "preload/objects.h"
#include "preload/preload.h"
#include "preload/real.h"

#if defined(__x86_64__) || defined(__aarch64__)

/*
 * With RTLD_DEEPBIND an object calls libc's free(3) and realloc(3) directly, which would then be given device blocks.
 * So where there may be device blocks, the object finds its symbols in the usual order.
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
 * Where libc searches depends on the caller: a name without a slash is searched in the RUNPATH of the caller's object,
 * and $ORIGIN is that object's. Such a call must reach libc as if the caller had made it, so it ends in a jump (a
 * sibling call, which these architectures can make through a pointer). The loaded object is then seen at the next call.
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
