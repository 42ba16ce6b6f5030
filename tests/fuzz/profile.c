/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzzes profiles: a message about a refused one begins with its path; an accepted one is within the limits. */

#include "libcdm/config/config-internal.h"
#include "libcdm/cgroup/cgroup.h"
#include "libcdm/rules/rules.h"
#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_profile_ struct profile p = { 0 };
	_cleanup_error_ struct error err = ERROR_NONE;
	_cleanup_free_ char *path = NULL;

	fuzz_put("profile.json", data, size);
	path = tree_path(&fuzz_tree, "/profile.json");
	if (profile_load(path, &p, &err) < 0) {
		if (p.rules.n || p.group || p.nodes || !err.msg || strncmp(err.msg, path, strlen(path)) != 0)
			abort();
		return 0;
	}
	if (p.rules.n == 0 || p.rules.n > PLACEMENT_RULES || (p.group && group_path_problem(p.group)))
		abort();
	return 0;
}
